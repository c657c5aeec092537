import type { Fix } from '../../lib/position'
import { isSound, type Draft, type Step, type Values } from './draft'

/** A record before it has a place in the outbox. */
export type Work = { readonly id: string; readonly verb: string; readonly made_at: string; readonly retailer_id: number | null; readonly body: unknown }

export type Ending = {
  readonly at: string
  readonly position: Fix | null
  readonly by_itself: boolean
  /** The photos of the visit: their ids by the place of the step. */
  readonly photos: ReadonlyMap<number, readonly string[]>
  readonly id: () => string
  /** What is said of a step whose numbers contradict themselves when the visit closes by itself. */
  readonly unsound: string
}

type Acted = {
  readonly place: number
  readonly kind: Step['kind']
  readonly body: Record<string, unknown>
  readonly done_at: string | null
  readonly skipped_because: string
}

function stockLine(values: Values, id: string, units: number): Record<string, unknown> {
  const since = values.short_since?.[id]
  const price = values.prices?.[id]
  return { product_id: Number(id), units, ...(since === undefined ? {} : { short_since: since }), ...(price === undefined ? {} : { price_fen: price }) }
}

function bodyOf(step: Step, photos: readonly string[]): Record<string, unknown> {
  const { values } = step
  switch (step.kind) {
    case 'theme':
      return { points_told: values.points_told ?? [] }
    case 'stock_count':
      return { lines: Object.entries(values.counts ?? {}).map(([id, units]) => stockLine(values, id, units)) }
    case 'price_tags': {
      return { ordered: values.ordered, on_display: values.on_display, labelled: values.labelled }
    }
    case 'display':
      return { photo_ids: photos, words: values.words ?? '' }
    case 'market_order':
      return { found: values.found ?? [], words: values.words ?? '', photo_ids: photos }
    case 'questions':
      return { answers: Object.entries(values.answers ?? {}).map(([id, value]) => ({ question_id: Number(id), value })) }
    default:
      return {}
  }
}

/** What goes out when a visit ends: the visit first, then what was told, raised, confirmed, promised and kept in it. */
export function records(draft: Draft, ending: Ending): readonly Work[] {
  const { visit_id, retailer_id } = draft
  const work = (verb: string, made_at: string, body: unknown): Work => ({ id: ending.id(), verb, made_at, retailer_id, body })
  const note = draft.steps.find((step) => step.kind === 'note')?.values.words ?? ''
  // A step that was neither done nor excused is left out: nothing is said of it, and nothing is not nought.
  const actions = draft.steps.flatMap((step, place): readonly Acted[] => {
    const done_at = step.kind === 'check_in' ? draft.check_in_at : step.kind === 'check_out' ? ending.at : step.done_at
    const sound = isSound(step)
    if (done_at !== null && sound) return [{ place, kind: step.kind, body: bodyOf(step, ending.photos.get(place) ?? []), done_at, skipped_because: '' }]
    const skipped_because = done_at === null ? step.skipped_because : ending.unsound
    return skipped_because === '' ? [] : [{ place, kind: step.kind, body: {}, done_at: null, skipped_because }]
  })
  const visit = work('visits.complete', ending.at, {
    visit_id,
    retailer_id,
    planned_id: draft.planned_id,
    visit_type_id: draft.visit_type_id,
    theme_id: draft.theme_id,
    check_in_at: draft.check_in_at ?? draft.opened_at,
    check_out_at: ending.at,
    closed_by_itself: ending.by_itself,
    check_in_position: draft.check_in_position,
    check_out_position: ending.position,
    actions,
    note: note.trim(),
  })
  const follow = draft.steps.flatMap(({ values }) => [
    ...Object.entries(values.told ?? {}).map(([id, told]) =>
      work('policies.tell', told.at, { told_id: told.id, policy_id: Number(id), retailer_id, visit_id, answer_index: told.answer_index }),
    ),
    ...Object.entries(values.confirmed ?? {}).map(([request_id, { good, words, at }]) =>
      work('requests.confirm', at, { request_id, settled: good, words }),
    ),
    ...(values.raised ?? []).map(({ id, kind, topic, text, at }) =>
      work('requests.raise', at, { request_id: id, retailer_id, visit_id, kind, topic, text }),
    ),
    ...Object.entries(values.settled ?? {}).map(([promise_id, { good, words, at }]) =>
      work('promises.settle', at, { promise_id, kept: good, words }),
    ),
    ...(values.made ?? []).map(({ id, limit_code, text, due_on, at }) =>
      work('promises.make', at, { promise_id: id, retailer_id, visit_id, limit_code, text, due_on }),
    ),
  ])
  return [visit, ...follow]
}
