import { h, svg } from '../parts/dom'
import type { Desk } from './desk'
import type { Stop } from './today'

const [WIDE, HIGH, EDGE] = [360, 360, 26]

/** The day's route without tiles: the shops where they stand, in their order. Loaded when it is asked for. */
export function routeMap(desk: Desk, stops: readonly Stop[]): HTMLElement {
  const placed = stops.flatMap((stop) => {
    const { latitude, longitude } = stop.retailer ?? { latitude: null, longitude: null }
    return latitude === null || longitude === null ? [] : [{ ...stop, latitude, longitude }]
  })
  const missing = stops.filter((stop) => stop.retailer === null || stop.retailer.latitude === null || stop.retailer.longitude === null)
  const latitudes = placed.map(({ latitude }) => latitude)
  const longitudes = placed.map(({ longitude }) => longitude)
  const [south, north] = [Math.min(...latitudes), Math.max(...latitudes)]
  const [west, east] = [Math.min(...longitudes), Math.max(...longitudes)]
  // A degree of longitude is shorter than one of latitude by the cosine of the latitude.
  const narrow = Math.cos((((south + north) / 2) * Math.PI) / 180)
  const span = Math.max((east - west) * narrow, north - south, 1e-6)
  const spots = placed.map((stop) => ({
    ...stop,
    x: WIDE / 2 + (((stop.longitude - (west + east) / 2) * narrow) / span) * (WIDE - 2 * EDGE),
    y: HIGH / 2 - ((stop.latitude - (south + north) / 2) / span) * (HIGH - 2 * EDGE),
  }))
  const line = svg('polyline', { class: 'fd-routeline', points: spots.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ') })
  const marks = spots.map(({ x, y, planned, retailer, done }) =>
    svg(
      'a',
      { href: `#/retailer/${planned.retailer_id}/${planned.id}`, 'aria-label': `${planned.order} ${retailer?.name ?? ''}` },
      svg('circle', { class: done ? 'fd-spot fd-spotdone' : 'fd-spot', cx: x, cy: y, r: 13 }),
      svg('text', { class: done ? 'fd-spottext fd-spottextdone' : 'fd-spottext', x, y: y + 4, 'text-anchor': 'middle' }, String(planned.order)),
    ),
  )
  const drawing = svg('svg', { class: 'fd-route', viewBox: `0 0 ${WIDE} ${HIGH}`, role: 'group', 'aria-label': desk.words.today.route }, line, ...marks)
  const note = missing.length === 0 ? null : h('p', { class: 'fd-quiet' }, `${missing.map(({ planned, retailer }) => `${planned.order} ${retailer?.name ?? ''}`).join(' · ')}${desk.words.colon}${desk.words.today.noPlace}`)
  return h('div', { class: 'fd-card' }, drawing, note)
}
