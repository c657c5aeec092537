import { newId } from '../../../lib/uuid'
import { develop } from '../../parts/camera'
import { button, card, h, icon, note } from '../../parts/dom'
import { choiceField, textField } from '../../parts/fields'
import * as photos from '../../store/photos'
import { stored, type Photo } from '../../store/schema'
import { stampOf } from '../../visiting/stamp'
import type { Going, StepOf } from './steps'

const shown: string[] = []

/** Addresses of pictures on a screen that has gone are given back. */
export function forgetPictures(): void {
  for (const address of shown.splice(0)) URL.revokeObjectURL(address)
}

async function take(going: Going, file: Blob, say: (text: string) => void): Promise<void> {
  const { desk, draft, retailer, place, step } = going
  const { words, replica } = desk
  say(words.photo.working)
  const taken_at = desk.iso()
  const { name, employee_no } = replica.person
  const lines = stampOf(draft, { when: desk.momentOf(taken_at), shop: retailer?.name ?? '', person: `${name} ${employee_no}` }, words)
  const made = await develop(file, { lines, most_edge: replica.company.photo_max_edge, quality: replica.company.photo_quality })
  if (!made.ok) {
    say(words.photo.unreadable)
    return
  }
  const { bytes, width, height, sha256 } = made.value
  const photo: Photo = {
    id: newId(),
    visit_id: draft.visit_id,
    retailer_id: draft.retailer_id,
    place,
    action_kind: step.kind,
    taken_at,
    width,
    height,
    sha256,
    size: bytes.byteLength,
    bytes,
    state: 'held',
    have: 0,
    reason: '',
    tries: 0,
    not_before: 0,
    settled_at: null,
  }
  await going.settled()
  const kept = await stored(photos.keep(desk.store, photo, desk.iso()))
  if (!kept.ok) {
    say(words.photo.full)
    return
  }
  if (kept.value !== null) going.draft = kept.value
  desk.loop.tell()
  going.redraw()
}

/** Photos of a step: take one, look at those taken, take one away. */
async function album(going: Going): Promise<HTMLElement> {
  const { desk, draft, place } = going
  const { words } = desk
  const taken = (await photos.ofVisit(desk.store, draft.visit_id)).filter((photo) => photo.place === place)
  const said = h('div', { role: 'alert' })
  const input = h('input', { type: 'file', accept: 'image/*', capture: 'environment', id: `fd-camera-${place}`, class: 'fd-hiddenfile' })
  input.addEventListener('change', () => {
    const [file] = input.files ?? []
    if (file === undefined) return
    void take(going, file, (text) => said.replaceChildren(note(text, text === words.photo.working ? 'fd-tell' : 'fd-warn'))).finally(() => (input.value = ''))
  })
  const away = async (id: string): Promise<void> => {
    const changed = await photos.remove(desk.store, id, desk.iso())
    if (changed !== null) going.draft = changed
    going.redraw()
  }
  const pictures = taken.map(({ id, bytes, taken_at }, index) => {
    const text = words.photo.taken(index + 1, desk.timeOf(taken_at))
    const address = bytes === null ? '' : URL.createObjectURL(new Blob([bytes], { type: 'image/jpeg' }))
    shown.push(address)
    return h('figure', { class: 'fd-photo' }, h('img', { src: address, alt: text }), h('figcaption', {}, text, button(words.remove, () => void away(id), 'fd-quietbutton', { 'aria-label': `${words.photo.remove}${words.colon}${text}` })))
  })
  const label = h('label', { for: input.id, class: 'fd-button fd-plain' }, icon('camera'), taken.length === 0 ? words.photo.take : words.photo.again)
  return card(h('p', { class: 'fd-quiet' }, words.photo.faces), h('div', { class: 'fd-photos' }, ...pictures), input, label, said)
}

function words(going: Going, label: string): HTMLElement {
  return textField({ label, value: going.values.words ?? '', most: 300 }, (text) => void going.save((before) => ({ ...before, words: text })))
}

export const display: StepOf = async (going) => h('div', { class: 'fd-stack' }, await album(going), words(going, going.desk.words.photo.words))

const SEEN = ['fake', 'illegal_channel', 'no_minors_sign', 'none'] as const

export const marketOrder: StepOf = async (going) => {
  const text = going.desk.words.market
  const found = going.values.found ?? []
  const chose = async (values: readonly string[]): Promise<void> => {
    // "Nothing" and something exclude each other: the newer one stays.
    const fresh = values.find((value) => !(going.values.found ?? []).includes(value))
    const kept = fresh === 'none' ? ['none'] : values.filter((value) => value !== 'none' || values.length === 1)
    await going.save((before) => ({ ...before, found: kept }))
    if (kept.length !== values.length) going.redraw()
  }
  return h(
    'div',
    { class: 'fd-stack' },
    h('p', { class: 'fd-quiet' }, text.help),
    card(choiceField({ label: text.title, options: SEEN.map((value) => ({ value, title: text[value] })), chosen: found, several: true }, (values) => void chose(values))),
    await album(going),
    words(going, text.words),
  )
}
