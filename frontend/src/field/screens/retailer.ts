import type { Planned, Retailer } from '../api/shapes'
import { button, card, empty, h, note } from '../parts/dom'
import * as drafts from '../store/drafts'
import { careNotes } from './care'
import type { Desk, Screen } from './desk'
import { reasonsOf } from './today'
import { startVisit } from './visit/start'

function facts(desk: Desk, retailer: Retailer): HTMLElement {
  const { words } = desk
  const line = (label: string, value: string): readonly HTMLElement[] => [h('dt', {}, label), h('dd', {}, value)]
  const busy = retailer.busy_from === '' ? [] : line(words.today.busy, `${retailer.busy_from}–${retailer.busy_until}`)
  // The facts of a planned shop hold its tier already.
  const tier = retailer.tier === '' || retailer.facts.length > 0 ? [] : line(words.retailer.tier, retailer.tier)
  return h(
    'dl',
    { class: 'fd-facts' },
    ...line(words.retailer.licence, retailer.licence_no),
    ...tier,
    ...line(words.retailer.lastVisit, retailer.last_visit_date ?? words.retailer.never),
    ...busy,
    ...retailer.facts.flatMap(({ label, value }) => line(label, value)),
  )
}

export function duePhrase(desk: Desk, day: string): string {
  return day < desk.here().day ? desk.words.retailer.overdue(day) : desk.words.retailer.due(day)
}

function following(desk: Desk, retailer: Retailer): readonly HTMLElement[] {
  const { words } = desk
  const promises = retailer.promises.map(({ text, due_on, state }) =>
    h('li', {}, h('strong', {}, text), h('span', { class: 'fd-quiet' }, `${words.promises.states[state] ?? state} · ${duePhrase(desk, due_on)}`)),
  )
  const requests = retailer.requests.map(({ text, state, answer }) =>
    h('li', {}, h('strong', {}, text), h('span', { class: 'fd-quiet' }, words.requests.states[state] ?? state), answer === '' ? null : h('span', {}, `${words.requests.answer}${words.colon}${answer}`)),
  )
  return [
    ...(promises.length === 0 ? [] : [card(h('h2', {}, words.retailer.promises), h('ul', { class: 'fd-lines' }, ...promises))]),
    ...(requests.length === 0 ? [] : [card(h('h2', {}, words.retailer.requests), h('ul', { class: 'fd-lines' }, ...requests))]),
  ]
}

export async function retailer(desk: Desk, id = '', plannedId = ''): Promise<Screen> {
  const { words } = desk
  const found = desk.retailer(Number(id))
  if (found === null) return { title: words.retailer.gone, body: empty(words.retailer.gone, words.retailer.goneWhy), back: '#/retailers', live: false }
  const { day } = desk.here()
  const planned: Planned | undefined = desk.replica.plan.find((one) =>
    plannedId === '' ? one.retailer_id === found.id && one.visit_date === day && one.state === 'planned' : one.id === plannedId,
  )
  const open = await drafts.current(desk.store)
  const start =
    open !== null
      ? button(open.retailer_id === found.id ? words.today.resume : words.today.openVisit(desk.retailer(open.retailer_id)?.name ?? ''), () => desk.go('/visit'), 'fd-main')
      : button(words.today.start, () => void startVisit(desk, found.id, planned?.visit_date === day ? planned.id : null), 'fd-main')
  const body = h(
    'div',
    { class: 'fd-stack' },
    h('p', { class: 'fd-lead' }, found.address),
    planned === undefined ? note(words.retailer.outside) : card(h('h2', {}, words.today.why), reasonsOf(desk, planned)),
    card(h('h2', {}, words.retailer.facts), facts(desk, found)),
    ...following(desk, found),
    await careNotes(desk, found),
  )
  return { title: found.name, body, back: planned === undefined ? '#/retailers' : '#/', bar: h('div', { class: 'fd-bar' }, start), live: false }
}
