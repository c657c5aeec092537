import { boolean, list, nullable, number, object, oneOf, pair, string, such, type Valid } from './validation'

/* The contract with lianxin.ui.pictures; its examples stand in tests/contract/payloads and are read by both sides. */

const measure = object({ title: string, unit: string, format: oneOf('number', 'share', 'change', 'money'), decimals: number })
const head = { title: string, note: string, measure }
const values = list(nullable(number))
const series = list(object({ name: string, role: oneOf('now', 'last_year', 'group', 'target', 'part'), values }), 1)
const good = oneOf('up', 'down', 'none')
const bar = object({ name: string, value: nullable(number), note: string, href: string })

function sameLength(wanted: number, lists: readonly { readonly name: string; readonly values: readonly unknown[] }[]): string | null {
  const odd = lists.find((one) => one.values.length !== wanted)
  return odd === undefined ? null : `${odd.name} has ${odd.values.length} values, needs ${wanted}`
}

export const trend = such(
  object({ ...head, kind: oneOf('trend'), months: list(string, 1), from_zero: boolean, series }),
  (given) => sameLength(given.months.length, given.series),
)

export const structure = such(
  such(object({ ...head, kind: oneOf('structure'), stacked_as: oneOf('share', 'sum'), categories: list(string, 1), series }), (given) =>
    sameLength(given.categories.length, given.series),
  ),
  (given) => (given.series.length > 5 ? `${given.series.length} parts are more than five colours can tell apart` : null),
)

export const distribution = such(
  object({
    ...head,
    kind: oneOf('distribution'),
    count_title: string,
    edges: list(number, 2),
    counts: list(number, 1),
    marks: list(object({ name: string, at: number })),
    outliers: list(bar),
  }),
  (given) =>
    given.edges.length === given.counts.length + 1 ? null : `edges has ${given.edges.length} values, needs ${given.counts.length + 1}`,
)

export const bars = object({
  ...head,
  kind: oneOf('bars'),
  good,
  reference: nullable(object({ name: string, value: number })),
  items: list(bar),
})

export const curve = object({
  ...head,
  kind: oneOf('curve'),
  x: measure,
  points: list(pair(number, number), 2),
  mark: nullable(object({ name: string, x: number, y: number })),
})

export const spark = object({ ...head, kind: oneOf('spark'), values })

const points = such(
  object({
    id: list(number),
    name: list(string),
    longitude: list(number),
    latitude: list(number),
    value: values,
    weight: list(nullable(number)),
    group: list(nullable(number)),
  }),
  (given) => sameLength(given.id.length, Object.entries(given).map(([name, column]) => ({ name, values: column }))),
)

const route = such(object({ longitude: list(number), latitude: list(number) }), ({ longitude, latitude }) =>
  sameLength(longitude.length, [{ name: 'latitude', values: latitude }]),
)

export const map = object({
  ...head,
  kind: oneOf('map'),
  good,
  scale: object({ low: number, middle: number, high: number, low_word: string, high_word: string }),
  groups: list(string),
  points,
  labels: list(string),
  routes: list(route),
  href: string,
  style_url: string,
})

export type Measure = Valid<typeof measure>
export type Trend = Valid<typeof trend>
export type Structure = Valid<typeof structure>
export type Distribution = Valid<typeof distribution>
export type Bars = Valid<typeof bars>
export type Curve = Valid<typeof curve>
export type Spark = Valid<typeof spark>
export type TerritoryMap = Valid<typeof map>
export type Chart = Trend | Structure | Distribution | Bars | Curve
export type Good = Valid<typeof good>

export const charts = { trend, structure, distribution, bars, curve } as const
