import { within } from '../../../lib/dates'
import { newId } from '../../../lib/uuid'
import { placeAnswer, type Fix, type PlaceAnswer } from '../../../lib/position'
import { button, card, h, link, note } from '../../parts/dom'
import { whereNow } from '../../parts/where'
import * as drafts from '../../store/drafts'
import * as photos from '../../store/photos'
import { stored } from '../../store/schema'
import { isForgotten, lengthOf, minutesOf, missing, unsound, type Draft } from '../../visiting/draft'
import { records } from '../../visiting/finish'
import { consentGiven } from '../consent'
import type { Desk } from '../desk'
import type { StepOf } from './steps'

/** Why no position is taken now, or null when one may be: only with consent, only in the hours of a working day. */
async function withoutPosition(desk: Desk): Promise<string | null> {
  const { work_from, work_until, days_off } = desk.replica.company
  const { day, time } = desk.here()
  if (!(await consentGiven(desk))) return desk.words.place.noConsent
  return within(time, work_from, work_until) && !days_off.includes(day) ? null : desk.words.place.outsideHours(work_from, work_until)
}

function answerCard(desk: Desk, answer: PlaceAnswer, fix: Fix | null): HTMLElement {
  const { place } = desk.words
  const sign = { confirmed: 'fd-chip fd-good', not_confirmed: 'fd-chip fd-warnchip', cannot_tell: 'fd-chip', no_fix: 'fd-chip' }[answer]
  return card(
    h('p', { class: 'fd-answer', 'data-answer': answer }, h('span', { class: sign }, place.answers[answer])),
    h('p', {}, place.meaning[answer]),
    fix === null ? null : h('p', { class: 'fd-quiet' }, place.accuracy(Math.round(fix.accuracy_metres), Math.round(fix.fix_age_seconds), place.sources[fix.source])),
    h('p', { class: 'fd-quiet' }, place.noProof),
  )
}

export const checkIn: StepOf = async (going) => {
  const { desk, draft, retailer } = going
  const { words } = desk
  const body = h('div', { class: 'fd-stack' })
  const why = await withoutPosition(desk)
  const arrive = async (): Promise<void> => {
    const at = desk.iso()
    // The arrival is written down before the phone looks for a position: nothing waits for satellites.
    await going.write((one) => (one.check_in_at === null ? { ...one, check_in_at: at, touched_at: at } : one))
    desk.loop.tell()
    if (why === null) {
      body.replaceChildren(h('p', { class: 'fd-large' }, words.place.inAt(desk.timeOf(at))), note(words.place.asking))
      const fix = await whereNow(() => desk.now())
      const { radius_metres, fix_age_limit_seconds } = desk.replica.company
      const answer = placeAnswer(fix, retailer?.points ?? [], radius_metres, fix_age_limit_seconds)
      await going.write((one) => ({ ...one, check_in_position: fix, check_in_answer: answer }))
    } else await going.write((one) => ({ ...one, check_in_answer: 'no_fix' }))
    going.redraw()
  }
  if (draft.check_in_at === null) {
    body.append(
      h('p', { class: 'fd-large' }, retailer?.name ?? ''),
      h('p', {}, retailer?.address ?? ''),
      button(words.place.in, () => void arrive(), 'fd-main'),
      note(why ?? words.place.help),
      why === words.place.noConsent ? link(words.consent.open, '#/consent', 'fd-quietbutton') : '',
    )
  } else {
    body.append(h('p', { class: 'fd-large' }, words.place.inAt(desk.timeOf(draft.check_in_at))), answerCard(desk, draft.check_in_answer ?? 'no_fix', draft.check_in_position))
    if (why !== null) body.append(note(why))
  }
  return body
}

/** End a visit: everything goes into the outbox at once. */
async function end(desk: Desk, draft: Draft, position: Fix | null, at: string, byItself: boolean): Promise<boolean> {
  const byPlace = new Map<number, string[]>()
  for (const { id, place } of await photos.ofVisit(desk.store, draft.visit_id)) byPlace.set(place, [...(byPlace.get(place) ?? []), id])
  const made = records(draft, { at, position, by_itself: byItself, photos: byPlace, id: () => newId(), unsound: desk.words.out.contradicts })
  const result = await stored(drafts.finish(desk.store, draft.visit_id, made, desk.replica.version))
  if (!result.ok) desk.toast(desk.words.faults.full)
  if (result.ok && result.value) desk.loop.queued()
  return result.ok && result.value
}

export const checkOut: StepOf = async (going) => {
  const { desk, draft } = going
  const { words } = desk
  const open = missing(draft)
  const wrong = unsound(draft)
  const body = h('div', { class: 'fd-stack' })
  const steps = (title: string, places: readonly number[]): HTMLElement => {
    const lines = places.map((place) => h('li', {}, h('a', { href: `#/visit/${place}` }, words.kinds[draft.steps[place]?.kind ?? 'note'])))
    return card(h('h2', {}, title), h('ul', { class: 'fd-points' }, ...lines))
  }
  if (wrong.length > 0) body.append(steps(words.out.wrong, wrong))
  if (open.length > 0) body.append(steps(words.out.missing, open))
  if (open.length + wrong.length === 0) body.append(note(words.out.allDone))
  const minutes = minutesOf(draft, desk.now())
  if (minutes !== null) {
    const usual = desk.replica.company.usual_minutes
    const length = lengthOf(minutes, usual)
    if (length !== 'usual') body.append(h('div', { 'data-length': length }, note(length === 'shorter' ? words.out.shorter(Math.floor(minutes), usual.least) : words.out.longer(Math.ceil(minutes), usual.most))))
  }
  const why = await withoutPosition(desk)
  const leave = async (): Promise<void> => {
    const at = desk.iso()
    await going.settled()
    // Leaving is written down first; should the phone die while it looks for a position, the visit closes by itself at this moment.
    await going.write((one) => ({ ...one, touched_at: at }))
    body.replaceChildren(note(why ?? words.place.asking))
    const fix = why === null ? await whereNow(() => desk.now()) : null
    const fresh = await drafts.current(desk.store)
    if (fresh === null || fresh.visit_id !== draft.visit_id || (await end(desk, fresh, fix, at, false))) {
      desk.toast(words.visit.ended(going.retailer?.name ?? ''))
      desk.go('/')
    } else going.redraw()
  }
  const blocked = draft.check_in_at === null
  body.append(
    h('p', { class: 'fd-quiet' }, words.out.ends),
    blocked ? link(words.kinds.check_in, `#/visit/${draft.steps.findIndex(({ kind }) => kind === 'check_in')}`, 'fd-main') : button(words.out.end, () => void leave(), 'fd-main', { disabled: wrong.length > 0 }),
    note(why ?? words.place.help),
  )
  return body
}

/** Close a visit that nobody touched for so long, as of when it was touched last, with the mark. Says whose it was. */
export async function closeForgotten(desk: Desk): Promise<string | null> {
  const draft = await drafts.current(desk.store)
  if (draft === null || !isForgotten(draft, desk.now(), desk.replica.company.auto_close_minutes)) return null
  return (await end(desk, draft, null, draft.touched_at, true)) ? (desk.retailer(draft.retailer_id)?.name ?? '') : null
}
