import { anything, boolean, list, nullable, number, object, oneOf, optional, string, type Valid, type Validator } from '../../lib/validation'
import { ok } from '../../lib/result'

/* What `/api/v1/field/` says, field by field; the server's side is `lianxin.field.screens.api`. */

export const KINDS = [
  'theme', 'check_in', 'stock_count', 'price_tags', 'display', 'market_order', 'questions', 'policy', 'requests', 'promises', 'note', 'check_out',
] as const // prettier-ignore

/** A figure may come written or as a number; the phone only shows it. */
const written: Validator<string> = (given, path) => (typeof given === 'number' ? ok(String(given)) : string(given, path))
const words = optional(string, '')
const maybe = optional(nullable(number), null)
const day = optional(nullable(string), null)

const company = object({
  name: string,
  time_zone: string,
  units: optional(anything, {}),
  currency_symbol: words,
  radius_metres: optional(number, 150),
  work_from: optional(string, '08:00'),
  work_until: optional(string, '18:00'),
  days_off: optional(list(string), []),
  fix_age_limit_seconds: optional(number, 120),
  auto_close_minutes: optional(number, 60),
  usual_minutes: optional(object({ least: number, most: number }), { least: 0, most: 1440 }),
  photo_max_edge: optional(number, 1280),
  photo_quality: optional(number, 0.7),
  language: words,
})
const action = object({ kind: oneOf(...KINDS), required: optional(boolean, false) })
const planned = object({
  id: string,
  retailer_id: number,
  visit_date: string,
  order: number,
  arrive_at: words,
  service_minutes: optional(number, 0),
  reasons: optional(list(object({ code: words, present: words, wanted: words, way: words })), []),
  state: optional(string, 'planned'),
})
const notMade = object({ id: string, retailer_id: number, name: string, visit_date: string, until: words })
const promise = object({ id: string, text: string, due_on: string, state: string })
const request = object({ id: string, kind: string, text: string, state: string, answer: words, due_on: day })
const careNote = object({ id: string, purpose: string, text: string, keep_until: string })
const retailer = object({
  id: number,
  licence_no: string,
  name: string,
  address: words,
  latitude: maybe,
  longitude: maybe,
  points: optional(list(object({ latitude: number, longitude: number })), []),
  tier: optional(written, ''),
  status: words,
  busy_from: words,
  busy_until: words,
  last_visit_date: day,
  facts: optional(list(object({ label: string, value: written })), []),
  promises: optional(list(promise), []),
  requests: optional(list(request), []),
  policies_missing: optional(list(number), []),
  care_notes: optional(list(careNote), []),
  stock: optional(list(object({ product_id: number, last_units: maybe })), []),
})

export const replica = object({
  version: string,
  server_now: string,
  company,
  person: object({ id: number, name: string, employee_no: words }),
  consent: object({ purpose: words, given_at: day }),
  visit_types: list(object({ id: number, code: string, version: optional(number, 1), name: string, actions: list(action) })),
  themes: list(object({ id: number, title: string, talking_points: optional(list(string), []), from: words, until: words })),
  questions: list(
    object({ id: number, text: string, kind: oneOf('yes_no', 'number', 'choice', 'text'), options: optional(list(string), []), from: words, until: words }),
  ),
  policies: list(
    object({ id: number, title: string, text: string, check_question: words, check_answers: optional(list(object({ text: string })), []), tell_until: words }),
  ),
  products: list(object({ id: number, name: string, unit: words, guide_fen: maybe })),
  topics: list(string),
  promise_limits: list(object({ code: string, name: string, leave_of: words })),
  retailers: list(retailer),
  plan: list(planned),
  not_made: optional(list(notMade), []),
})

export const verdicts = object({
  server_now: string,
  verdicts: list(
    object({ id: string, verdict: oneOf('applied', 'refused', 'conflict'), reason: words, latest: optional(anything, null) }),
  ),
})
export const photoState = object({ have: number, complete: optional(boolean, false) })
export const photoDone = object({ complete: boolean })
export const refusal = object({ detail: string })

export type Kind = (typeof KINDS)[number]
export type Replica = Valid<typeof replica>
export type Retailer = Valid<typeof retailer>
export type Planned = Valid<typeof planned>
export type NotMade = Valid<typeof notMade>
export type Action = Valid<typeof action>
export type VisitType = Replica['visit_types'][number]
export type Verdicts = Valid<typeof verdicts>
export type Verdict = Verdicts['verdicts'][number]

/** What a phone sends: a client-made id, the verb's name on the server, when it was made, and what was known then. */
export type Sent = { readonly id: string; readonly verb: string; readonly made_at: string; readonly seen: string | null; readonly body: unknown }
export type Push = { readonly device: { readonly id: string; readonly name: string }; readonly device_now: string; readonly records: readonly Sent[] }
export type PhotoHead = {
  readonly sha256: string
  readonly visit_id: string
  readonly action_kind: string
  readonly taken_at: string
  readonly width: number
  readonly height: number
}
