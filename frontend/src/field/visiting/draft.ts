import type { Fix, PlaceAnswer } from '../../lib/position'
import type { Kind, VisitType } from '../api/shapes'

/* A visit while it goes on. Everything typed is in here, so that a phone that dies in mid-visit loses nothing. */

export type Told = { readonly answer_index: number | null; readonly at: string; readonly id: string }
export type Raised = { readonly id: string; readonly kind: string; readonly topic: string; readonly text: string; readonly at: string }
export type Made = { readonly id: string; readonly limit_code: string; readonly text: string; readonly due_on: string; readonly at: string }
export type Settled = { readonly good: boolean; readonly words: string; readonly at: string }
export type Reply = boolean | number | string

/** What the steps hold; a step uses the fields of its kind and leaves the others out. */
export type Values = {
  readonly points_told?: readonly number[]
  readonly counts?: Readonly<Record<string, number>>
  /** Of empty shelves, the day since when the product could not be had, by its id. */
  readonly short_since?: Readonly<Record<string, string>>
  /** Of products on the shelf, what the shop asks for one order unit, in hundredths of the currency, by its id. */
  readonly prices?: Readonly<Record<string, number>>
  readonly ordered?: number
  readonly on_display?: number
  readonly labelled?: number
  readonly words?: string
  readonly found?: readonly string[]
  readonly answers?: Readonly<Record<string, Reply>>
  readonly told?: Readonly<Record<string, Told>>
  readonly raised?: readonly Raised[]
  readonly confirmed?: Readonly<Record<string, Settled>>
  readonly made?: readonly Made[]
  readonly settled?: Readonly<Record<string, Settled>>
}

/**
 * A count written or taken back. What stands on the shelf again is not short, whatever was said of it before; and what does not
 * stand there has no price to be seen.
 */
export function withCount(values: Values, id: number, units: number | undefined): Values {
  const { [String(id)]: _before, ...others } = values.counts ?? {}
  const counted = { ...values, counts: units === undefined ? others : { ...others, [String(id)]: units } }
  const priced = units === undefined || units === 0 ? withPrice(counted, id, undefined) : counted
  return units === 0 ? priced : withShort(priced, id, '')
}

/** What a shop asks for one order unit of a product, in hundredths; undefined takes it back. */
export function withPrice(values: Values, id: number, fen: number | undefined): Values {
  const { [String(id)]: _before, ...others } = values.prices ?? {}
  const { prices: _all, ...rest } = values
  const said = fen === undefined ? others : { ...others, [String(id)]: fen }
  return Object.keys(said).length > 0 ? { ...rest, prices: said } : rest
}

/** The day since when a product was wanted and could not be had; an empty day takes it back. */
export function withShort(values: Values, id: number, since: string): Values {
  const { [String(id)]: _before, ...others } = values.short_since ?? {}
  const { short_since: _all, ...rest } = values
  const said = since === '' ? others : { ...others, [String(id)]: since }
  return Object.keys(said).length > 0 ? { ...rest, short_since: said } : rest
}

export type Step = {
  readonly kind: Kind
  readonly required: boolean
  readonly values: Values
  readonly n_photos: number
  readonly done_at: string | null
  readonly skipped_because: string
}

export type Draft = {
  readonly visit_id: string
  readonly retailer_id: number
  readonly planned_id: string | null
  readonly visit_type_id: number
  readonly theme_id: number | null
  readonly opened_at: string
  readonly touched_at: string
  readonly check_in_at: string | null
  readonly check_in_position: Fix | null
  readonly check_in_answer: PlaceAnswer | null
  readonly place: number
  readonly steps: readonly Step[]
}

export function newDraft(
  given: { readonly id: string; readonly retailer_id: number; readonly planned_id: string | null; readonly theme_id: number | null; readonly at: string },
  type: VisitType,
): Draft {
  const empty = { values: {}, n_photos: 0, done_at: null, skipped_because: '' }
  return {
    visit_id: given.id,
    retailer_id: given.retailer_id,
    planned_id: given.planned_id,
    visit_type_id: type.id,
    theme_id: given.theme_id,
    opened_at: given.at,
    touched_at: given.at,
    check_in_at: null,
    check_in_position: null,
    check_in_answer: null,
    place: 0,
    steps: type.actions.map(({ kind, required }) => ({ kind, required, ...empty })),
  }
}

/** Whether a step holds anything that a person wrote, counted, chose or photographed. */
export function holds(step: Step): boolean {
  if (step.n_photos > 0) return true
  return Object.values(step.values).some((value) => {
    if (typeof value === 'string') return value.trim() !== ''
    if (typeof value === 'object') return Object.keys(value).length > 0
    return true
  })
}

/** Whether what a step holds can stand: the server refuses a count of tags that contradicts itself, or remarks on nothing seen. */
export function isSound({ kind, values }: Step): boolean {
  if (kind === 'price_tags') {
    const { ordered, on_display, labelled } = values
    if (ordered === undefined && on_display === undefined && labelled === undefined) return true
    return ordered !== undefined && on_display !== undefined && labelled !== undefined && labelled <= on_display && on_display <= ordered
  }
  if (kind !== 'market_order') return true
  const found = values.found ?? []
  return found.length > 0 && (!found.includes('none') || found.length === 1)
}

/** Steps that hold something that cannot stand; they are mended before the visit ends. */
export function unsound(draft: Draft): readonly number[] {
  return draft.steps.flatMap((step, place) => (holds(step) && !isSound(step) ? [place] : []))
}

/** A copy with one step changed; a step that holds something is done at that moment, and needs no excuse any more. */
export function withStep(draft: Draft, place: number, change: (values: Values) => Values, at: string): Draft {
  const steps = draft.steps.map((step, index) => {
    if (index !== place) return step
    const changed = { ...step, values: change(step.values) }
    return holds(changed) ? { ...changed, done_at: at, skipped_because: '' } : { ...changed, done_at: null }
  })
  return { ...draft, steps, touched_at: at }
}

export function withPhotos(draft: Draft, place: number, more: number, at: string): Draft {
  const steps = draft.steps.map((step, index) => {
    if (index !== place) return step
    const changed = { ...step, n_photos: Math.max(0, step.n_photos + more) }
    return holds(changed) ? { ...changed, done_at: at, skipped_because: '' } : { ...changed, done_at: null }
  })
  return { ...draft, steps, touched_at: at }
}

/** Steps that the visit type asks for and that are neither done nor excused. Coming and going are done by themselves. */
export function missing(draft: Draft): readonly number[] {
  return draft.steps.flatMap((step, place) => {
    const byItself = step.kind === 'check_in' || step.kind === 'check_out'
    return step.required && !byItself && step.done_at === null && step.skipped_because === '' ? [place] : []
  })
}

/** Minutes since check-in; null before it. */
export function minutesOf(draft: Draft, now: number): number | null {
  return draft.check_in_at === null ? null : Math.max(0, (now - Date.parse(draft.check_in_at)) / 60_000)
}

/** How a visit's length compares with what is usual. It advises and holds nobody up. */
export function lengthOf(minutes: number, usual: { readonly least: number; readonly most: number }): 'shorter' | 'longer' | 'usual' {
  if (minutes < usual.least) return 'shorter'
  return minutes > usual.most ? 'longer' : 'usual'
}

/** Whether a visit has been forgotten: nobody touched it for so long. Before check-in there is no visit to close. */
export function isForgotten(draft: Draft, now: number, afterMinutes: number): boolean {
  return draft.check_in_at !== null && now - Date.parse(draft.touched_at) >= afterMinutes * 60_000
}
