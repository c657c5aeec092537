import { button, card, empty, h, note } from '../parts/dom'
import * as carry from '../store/carry'
import * as outbox from '../store/outbox'
import * as photos from '../store/photos'
import { stored, type Outgoing, type Photo } from '../store/schema'
import type { Desk, Screen } from './desk'

const SENT_SHOWN = 60

function chip(desk: Desk, state: string): HTMLElement {
  const kind = state === 'sent' ? 'fd-chip fd-good' : state === 'refused' || state === 'conflict' ? 'fd-chip fd-bad' : 'fd-chip'
  return h('span', { class: kind }, desk.words.outbox.state[state] ?? state)
}

function rowOf(desk: Desk, one: Outgoing): HTMLElement {
  const { words } = desk
  const name = one.retailer_id === null ? '' : (desk.retailer(one.retailer_id)?.name ?? '')
  const head = [words.outbox.verbs[one.verb] ?? one.verb, name].filter((part) => part !== '').join(' · ')
  return h(
    'li',
    { class: 'fd-stop', 'data-state': one.state },
    h(
      'a',
      { href: `#/outbox/${one.id}` },
      h(
        'span',
        { class: 'fd-stopname' },
        h('strong', {}, head),
        h('span', { class: 'fd-quiet' }, words.outbox.madeAt(desk.momentOf(one.made_at))),
        one.reason === '' ? null : h('span', { class: one.state === 'sent' ? 'fd-toldline' : 'fd-reasonline' }, one.reason),
      ),
      chip(desk, one.state),
    ),
  )
}

function photoRow(desk: Desk, photo: Photo): HTMLElement {
  const { words } = desk
  const [have, all] = [Math.round(photo.have / 1024), Math.round(photo.size / 1024)]
  const again = async (): Promise<void> => {
    await photos.change(desk.store, photo.id, { state: 'pending', reason: '', tries: photo.tries + 1 })
    desk.loop.queued()
  }
  const discard = async (): Promise<void> => {
    await photos.change(desk.store, photo.id, { state: 'discarded', settled_at: desk.iso() })
    desk.loop.tell()
  }
  return h(
    'li',
    { class: 'fd-stop', 'data-state': photo.state },
    h(
      'div',
      { class: 'fd-stopline' },
      h(
        'span',
        { class: 'fd-stopname' },
        h('strong', {}, [words.kinds[photo.action_kind as keyof typeof words.kinds], desk.retailer(photo.retailer_id)?.name ?? ''].filter(Boolean).join(' · ')),
        h('span', { class: 'fd-quiet' }, `${desk.momentOf(photo.taken_at)} · ${words.outbox.delivered(have, all)}`),
        photo.reason === '' ? null : h('span', { class: 'fd-reasonline' }, photo.reason),
      ),
      chip(desk, photo.state),
    ),
    photo.state === 'refused'
      ? h('div', { class: 'fd-pair' }, button(words.outbox.discard, () => void discard()), button(words.outbox.again, () => void again()))
      : null,
  )
}

async function save(desk: Desk): Promise<void> {
  const text = await carry.packed(desk.store, desk.replica.person.id, desk.iso())
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const { day, time } = desk.here()
  h('a', { href: address, download: `lianxin-${desk.replica.person.employee_no}-${day}-${time.replace(':', '')}.json` }).click()
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}

function importButton(desk: Desk): HTMLElement {
  const { words } = desk
  const input = h('input', { type: 'file', accept: 'application/json,.json', id: 'fd-import', class: 'fd-hiddenfile' })
  input.addEventListener('change', () => {
    const [file] = input.files ?? []
    if (file === undefined) return
    void (async () => {
      const text = await file.text()
      const written = await stored(carry.unpacked(desk.store, desk.replica.person.id, text))
      const result = written.ok ? written.value : written
      desk.toast(result.ok ? words.outbox.imported(result.value.records, result.value.photos) : (words.outbox.importFaults[result.fault] ?? result.fault))
      input.value = ''
      desk.loop.queued()
    })()
  })
  return h('div', {}, input, h('label', { for: 'fd-import', class: 'fd-button fd-plain' }, words.outbox.import))
}

function part(title: string, rows: readonly HTMLElement[]): readonly HTMLElement[] {
  return rows.length === 0 ? [] : [h('h2', {}, `${title} (${rows.length})`), h('ul', { class: 'fd-stops' }, ...rows)]
}

/** What is at the server and what is not, record by record. */
export async function outboxList(desk: Desk): Promise<Screen> {
  const { words, store } = desk
  const all = await outbox.all(store)
  const waiting = await photos.waiting(store)
  const of = (...states: readonly string[]): readonly HTMLElement[] => all.filter(({ state }) => states.includes(state)).map((one) => rowOf(desk, one))
  const troubled = [...of('refused', 'conflict'), ...waiting.filter(({ state }) => state === 'refused').map((one) => photoRow(desk, one))]
  const unsent = of('pending')
  const pictures = waiting.filter(({ state }) => state !== 'refused').map((one) => photoRow(desk, one))
  const body = h('div', { class: 'fd-stack' }, button(words.sync.now, () => void desk.loop.ask(), 'fd-main'))
  if (troubled.length + unsent.length + pictures.length === 0) body.append(empty(words.outbox.nothing, words.outbox.nothingWhy))
  body.append(
    ...part(words.outbox.trouble, troubled),
    ...part(words.outbox.unsent, unsent),
    ...part(words.outbox.photos, pictures),
    ...part(words.outbox.sent, of('sent').slice(0, SENT_SHOWN)),
    ...part(words.outbox.discarded, of('discarded')),
    h('p', { class: 'fd-quiet' }, words.outbox.weeks),
    card(h('p', { class: 'fd-quiet' }, words.outbox.exportHelp), h('div', { class: 'fd-pair' }, button(words.outbox.export, () => void save(desk)), importButton(desk))),
  )
  return { title: words.outbox.title, body, live: true }
}

/** One record: what it says, what became of it, and what the person may do about it. */
export async function outboxOne(desk: Desk, id = ''): Promise<Screen> {
  const { words, store } = desk
  const one = await outbox.one(store, id)
  if (one === null) return { title: words.outbox.title, body: note(words.outbox.gone), back: '#/outbox', live: false }
  const text = JSON.stringify(one.body, null, 1)
  const then = (work: () => Promise<void>) => (): void => {
    void (async () => {
      await work()
      desk.loop.tell()
    })()
  }
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text)
    desk.toast(words.outbox.copied)
  }
  const settled = one.state === 'refused' || one.state === 'conflict'
  const body = h(
    'div',
    { class: 'fd-stack' },
    card(
      h('p', { class: 'fd-headline' }, h('strong', {}, words.outbox.verbs[one.verb] ?? one.verb), chip(desk, one.state)),
      h('p', { class: 'fd-quiet' }, words.outbox.madeAt(desk.momentOf(one.made_at))),
      settled || one.reason !== '' ? h('div', {}, h('h2', {}, words.outbox.reason), h('p', { class: 'fd-large' }, one.reason === '' ? words.outbox.noReason : one.reason)) : null,
    ),
    settled || one.state === 'discarded'
      ? h(
          'div',
          { class: 'fd-pair' },
          one.state === 'discarded'
            ? button(words.outbox.takeBack, then(() => outbox.takeBack(store, id)))
            : button(words.outbox.discard, then(() => outbox.discard(store, id, desk.iso()))),
          button(words.outbox.again, then(async () => {
            await outbox.again(store, id)
            desk.loop.queued()
          })), // prettier-ignore
        )
      : null,
    one.latest === null ? null : card(h('h2', {}, words.outbox.latest), h('pre', { class: 'fd-body-text', tabindex: 0 }, JSON.stringify(one.latest, null, 1))),
    card(h('h2', {}, words.outbox.body), h('pre', { class: 'fd-body-text', tabindex: 0 }, text), button(words.outbox.copy, () => void copy())),
  )
  return { title: words.outbox.title, body, back: '#/outbox', live: true }
}
