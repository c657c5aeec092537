import { dayInWords, within } from '../../lib/dates'
import type { Planned, Retailer } from '../api/shapes'
import { button, card, empty, fold, h, link, note } from '../parts/dom'
import * as drafts from '../store/drafts'
import * as kept from '../store/kept'
import { consentGiven } from './consent'
import type { Desk, Screen } from './desk'
import { doneHere } from './done'
import { notMadeCard } from './not_made'
import { startVisit } from './visit/start'

export type Stop = { readonly planned: Planned; readonly retailer: Retailer | null; readonly done: boolean; readonly excused: boolean }

export async function stopsOf(desk: Desk, day: string): Promise<readonly Stop[]> {
  const done = await doneHere(desk)
  return desk.replica.plan
    .filter(({ visit_date, state }) => visit_date === day && state !== 'dropped')
    .sort((a, b) => a.order - b.order)
    .map((planned) => ({
      planned,
      retailer: desk.retailer(planned.retailer_id),
      done: planned.state === 'done' || done.has(planned.id),
      excused: planned.state === 'excused' || planned.state === 'pending',
    }))
}

export function reasonsOf(desk: Desk, planned: Planned): HTMLElement {
  const { words } = desk
  if (planned.reasons.length === 0) return h('p', { class: 'fd-quiet' }, words.today.routine)
  const parts = (title: string, text: string): readonly HTMLElement[] => (text === '' ? [] : [h('dt', {}, title), h('dd', {}, text)])
  return h(
    'ul',
    { class: 'fd-reasons' },
    ...planned.reasons.map(({ present, wanted, way }) =>
      h('li', {}, h('dl', { class: 'fd-reason' }, ...parts(words.today.now, present), ...parts(words.today.wanted, wanted), ...parts(words.today.way, way))),
    ),
  )
}

function nextCard(desk: Desk, stop: Stop): HTMLElement {
  const { words } = desk
  const { planned, retailer } = stop
  const name = retailer?.name ?? planned.id
  const busy = retailer !== null && within(desk.here().time, retailer.busy_from, retailer.busy_until)
  const hint = [words.today.arrive(planned.arrive_at.slice(0, 5)), ...(planned.service_minutes > 0 ? [words.today.minutes(Math.round(planned.service_minutes))] : [])]
  return h(
    'section',
    { class: 'fd-card fd-next' },
    h('p', { class: 'fd-quiet' }, words.today.nextShop),
    h('h2', { class: 'fd-shop' }, h('a', { href: `#/retailer/${planned.retailer_id}` }, name)),
    h('p', {}, retailer?.address ?? ''),
    h('p', { class: 'fd-quiet' }, hint.join(' · ')),
    busy && retailer !== null ? note(words.today.busyNow(retailer.busy_from, retailer.busy_until), 'fd-warn') : null,
    h('h3', {}, words.today.why),
    reasonsOf(desk, planned),
    button(words.today.start, () => void startVisit(desk, planned.retailer_id, planned.id), 'fd-main'),
  )
}

function rowOf(desk: Desk, { planned, retailer, done, excused }: Stop): HTMLElement {
  const { words } = desk
  const away = planned.state === 'pending' ? words.states.pending : words.today.excused
  const said = done ? words.today.visited : excused ? away : planned.arrive_at.slice(0, 5)
  const first = planned.reasons[0]?.present ?? ''
  return h(
    'li',
    { class: done ? 'fd-stop fd-stopdone' : 'fd-stop' },
    h(
      'a',
      { href: `#/retailer/${planned.retailer_id}/${planned.id}` },
      h('span', { class: 'fd-order' }, String(planned.order)),
      h('span', { class: 'fd-stopname' }, h('strong', {}, retailer?.name ?? planned.id), first === '' ? null : h('span', { class: 'fd-quiet' }, first)),
      h('span', { class: done ? 'fd-said fd-good' : 'fd-said' }, said),
    ),
  )
}

export async function today(desk: Desk, view = 'list'): Promise<Screen> {
  const { words, store } = desk
  const { day } = desk.here()
  const stops = await stopsOf(desk, day)
  const draft = await drafts.current(store)
  const n = stops.filter(({ done }) => done).length
  const next = stops.find(({ done, excused }) => !done && !excused)
  const body = h('div', { class: 'fd-stack' }, h('p', { class: 'fd-lead' }, dayInWords(day, desk.language), stops.length > 0 ? ` · ${words.today.done(n, stops.length)}` : ''))
  if (!(await consentGiven(desk)) && desk.replica.consent.purpose !== '' && !(await kept.declined(store))) {
    body.append(card(h('p', {}, words.consent.card), link(words.consent.open, '#/consent')))
  }
  if (draft !== null) {
    const name = desk.retailer(draft.retailer_id)?.name ?? ''
    body.append(h('section', { class: 'fd-card fd-next' }, h('h2', { class: 'fd-shop' }, words.today.openVisit(name)), link(words.today.resume, '#/visit', 'fd-main')))
  } else if (next !== undefined) body.append(nextCard(desk, next))
  if (stops.length === 0) body.append(empty(words.today.nothing, words.today.nothingWhy))
  else {
    if (next === undefined && draft === null) body.append(note(words.today.finished))
    body.append(
      h(
        'div',
        { class: 'fd-headline' },
        h('h2', {}, words.today.route),
        view === 'map' ? link(words.today.list, '#/', 'fd-quietbutton') : link(words.today.map, '#/map', 'fd-quietbutton'),
      ),
    )
    if (view === 'map') {
      const { routeMap } = await import('./route')
      body.append(routeMap(desk, stops))
    } else body.append(h('ol', { class: 'fd-stops' }, ...stops.map((stop) => rowOf(desk, stop))))
  }
  const unmade = await notMadeCard(desk)
  if (unmade !== null) body.append(unmade)
  const days = [...new Set(desk.replica.plan.map(({ visit_date }) => visit_date))].filter((one) => one > day).sort().slice(0, 3)
  if (days.length > 0) {
    body.append(h('h2', {}, words.today.later))
    for (const one of days) {
      const later = await stopsOf(desk, one)
      body.append(fold(`${dayInWords(one, desk.language)} · ${words.today.shops(later.length)}`, false, h('ol', { class: 'fd-stops' }, ...later.map((stop) => rowOf(desk, stop)))))
    }
  }
  return { title: words.today.title, body, live: true }
}
