import { dayInWords } from '../../lib/dates'
import { newId } from '../../lib/uuid'
import { object, string } from '../../lib/validation'
import type { NotMade } from '../api/shapes'
import { button, empty, h, note } from '../parts/dom'
import { selectField, textField } from '../parts/fields'
import * as outbox from '../store/outbox'
import type { Desk, Screen } from './desk'
import { doneHere } from './done'

const said = object({ planned_id: string })

/** Planned visits of days that are over of which neither the server nor this phone knows that they were made, or why not, in time. */
export async function toExplain(desk: Desk): Promise<readonly NotMade[]> {
  const { day } = desk.here()
  const here = new Set(await doneHere(desk))
  for (const { verb, body, state } of await outbox.all(desk.store)) {
    const one = verb === 'plans.not_made' && state !== 'discarded' ? said(body) : null
    if (one?.ok === true) here.add(one.value.planned_id)
  }
  return desk.replica.not_made.filter(({ id, until }) => !here.has(id) && (until === '' || day <= until))
}

/** What is to be said of earlier days, on today's screen; null when nothing is. */
export async function notMadeCard(desk: Desk): Promise<HTMLElement | null> {
  const { words } = desk
  const open = await toExplain(desk)
  if (open.length === 0) return null
  const lines = open.map(({ id, name, visit_date }) =>
    h(
      'li',
      { class: 'fd-stop' },
      h('a', { href: `#/why/${id}` }, h('span', { class: 'fd-stopname' }, h('strong', {}, name), h('span', { class: 'fd-quiet' }, dayInWords(visit_date, desk.language))), h('span', { class: 'fd-said' }, words.notMade.say)),
    ),
  )
  return h('section', { class: 'fd-stack' }, h('h2', {}, words.notMade.title(open.length)), h('ul', { class: 'fd-stops' }, ...lines))
}

/** Why one visit was not made. */
export async function whyNotMade(desk: Desk, id = ''): Promise<Screen> {
  const { words } = desk
  const found = (await toExplain(desk)).find((one) => one.id === id)
  if (found === undefined) return { title: words.notMade.why, body: empty(words.notMade.nothing, words.notMade.nothingWhy), back: '#/', live: false }
  const given = { reason: '', words: '' }
  const tell = h('div', { role: 'alert' })
  const options = [{ value: '', title: words.questions.choose }, ...Object.entries(words.notMade.reasons).map(([value, title]) => ({ value, title }))]
  const save = async (): Promise<void> => {
    const text = given.words.trim()
    if (given.reason === '' || (given.reason === 'other' && text === '')) {
      tell.replaceChildren(note(given.reason === '' ? words.notMade.choose : words.notMade.needsWords, 'fd-warn'))
      return
    }
    const body = { not_made_id: newId(), planned_id: found.id, reason: given.reason, words: text }
    if (await desk.queue({ id: newId(), verb: 'plans.not_made', made_at: desk.iso(), retailer_id: found.retailer_id, body })) {
      desk.toast(words.saved)
      desk.go('/')
    }
  }
  const body = h(
    'div',
    { class: 'fd-stack' },
    h('p', { class: 'fd-large' }, found.name),
    h('p', { class: 'fd-quiet' }, words.notMade.plannedFor(dayInWords(found.visit_date, desk.language))),
    selectField({ label: words.notMade.why, value: '', options }, (value) => (given.reason = value)),
    textField({ label: words.notMade.words, value: '', most: 300, rows: 2 }, (text) => (given.words = text)),
    note(words.notMade.help),
    tell,
    button(words.save, () => void save(), 'fd-main'),
  )
  return { title: words.notMade.why, body, back: '#/', live: false }
}
