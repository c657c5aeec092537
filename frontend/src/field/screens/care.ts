import { dayAfter } from '../../lib/dates'
import { newId } from '../../lib/uuid'
import { number, object, string } from '../../lib/validation'
import type { Retailer } from '../api/shapes'
import { button, card, fold, h, note } from '../parts/dom'
import { dayField, selectField, textField } from '../parts/fields'
import * as outbox from '../store/outbox'
import type { Desk } from './desk'

const wrote = object({ note_id: string, retailer_id: number, purpose: string, text: string, keep_until: string })
const deletes = object({ note_id: string })

type Note = { readonly id: string; readonly purpose: string; readonly text: string; readonly keep_until: string; readonly waiting: boolean }

/** The notes as they will be once everything here has been sent. */
async function notesOf(desk: Desk, retailer: Retailer): Promise<readonly Note[]> {
  const gone = new Set<string>()
  const added: Note[] = []
  for (const { verb, body, state } of await outbox.all(desk.store)) {
    if (state !== 'pending') continue
    const removed = verb === 'carenotes.delete' ? deletes(body) : null
    if (removed?.ok === true) gone.add(removed.value.note_id)
    const one = verb === 'carenotes.write' ? wrote(body) : null
    if (one?.ok === true && one.value.retailer_id === retailer.id) added.push({ ...one.value, id: one.value.note_id, waiting: true })
  }
  const here = new Set(added.map(({ id }) => id))
  const known = retailer.care_notes.filter(({ id }) => !here.has(id)).map((one) => ({ ...one, waiting: false }))
  return [...added, ...known].filter(({ id }) => !gone.has(id))
}

/** Care notes of a retailer: what is kept, for what and until when; what must not be written stands above the field. */
export async function careNotes(desk: Desk, retailer: Retailer): Promise<HTMLElement> {
  const { words } = desk
  const section = card()
  const draw = async (): Promise<void> => {
    const lines = (await notesOf(desk, retailer)).map(({ id, purpose, text, keep_until, waiting }) =>
      h(
        'li',
        {},
        h('strong', {}, text),
        h('span', { class: 'fd-quiet' }, `${words.care.keptUntil(purpose, keep_until)}${waiting ? ` · ${words.care.waiting}` : ''}`),
        button(words.remove, () => void remove(id), 'fd-quietbutton', { 'aria-label': `${words.remove}${words.colon}${text}` }),
      ),
    )
    section.replaceChildren(
      h('h2', {}, words.retailer.care),
      lines.length === 0 ? h('p', { class: 'fd-quiet' }, words.care.none) : h('ul', { class: 'fd-lines' }, ...lines),
      fold(words.care.title, false, form()),
    )
  }
  const remove = async (note_id: string): Promise<void> => {
    await desk.queue({ id: newId(), verb: 'carenotes.delete', made_at: desk.iso(), retailer_id: retailer.id, body: { note_id } })
    desk.toast(words.care.deleted)
    await draw()
  }
  const form = (): HTMLElement => {
    const { day } = desk.here()
    const given = { purpose: words.care.purposes[0] ?? '', text: '', keep_until: dayAfter(day, 180) }
    const options = words.care.purposes.map((title) => ({ value: title, title }))
    const send = async (): Promise<void> => {
      if (given.text.trim() === '') {
        desk.toast(words.care.incomplete)
        return
      }
      const body = { note_id: newId(), retailer_id: retailer.id, ...given, text: given.text.trim() }
      if (await desk.queue({ id: newId(), verb: 'carenotes.write', made_at: desk.iso(), retailer_id: retailer.id, body })) {
        desk.toast(words.saved)
        await draw()
      }
    }
    return h(
      'div',
      { class: 'fd-stack' },
      note(words.care.rule, 'fd-warn'),
      selectField({ label: words.care.purpose, value: given.purpose, options }, (value) => (given.purpose = value)),
      textField({ label: words.care.text, value: '', most: 300 }, (text) => (given.text = text)),
      dayField({ label: words.care.until, help: words.care.untilHelp, value: given.keep_until, from: dayAfter(day, 1), until: dayAfter(day, 365) }, (value) => (given.keep_until = value)),
      button(words.save, () => void send(), 'fd-plain'),
    )
  }
  await draw()
  return section
}
