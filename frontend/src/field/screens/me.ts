import { calls } from '../api/calls'
import { button, card, h, link, note } from '../parts/dom'
import { selectField } from '../parts/fields'
import * as drafts from '../store/drafts'
import * as kept from '../store/kept'
import * as outbox from '../store/outbox'
import { forgetReplica } from '../store/persons'
import { tagOf } from '../words'
import { consentGiven } from './consent'

import type { Desk, Screen } from './desk'

/** Chromium's offer to install, kept until the person takes it up. */
let offer: { prompt(): Promise<unknown> } | null = null

export function keepInstallOffer(): void {
  addEventListener('beforeinstallprompt', (event) => {
    if (!('prompt' in event) || typeof event.prompt !== 'function') return
    event.preventDefault()
    const ask = event.prompt.bind(event) as () => Promise<unknown>
    offer = { prompt: ask }
  })
}

async function signOut(desk: Desk, section: HTMLElement, sure: boolean): Promise<void> {
  const { words, store } = desk
  const { pending, photos, trouble } = await outbox.counts(store)
  const unsent = pending + photos + trouble
  const draft = await drafts.current(store)
  if (!sure && (unsent > 0 || draft !== null)) {
    section.replaceChildren(
      note(unsent > 0 ? words.me.unsentBefore(unsent) : words.me.draftBefore, 'fd-warn'),
      h('div', { class: 'fd-pair' }, button(words.sync.now, () => desk.go('/outbox')), button(words.me.outAnyway, () => void signOut(desk, section, true))),
    )
    return
  }
  if (!(await calls.signOut())) {
    desk.toast(words.me.needNetwork)
    return
  }
  // What others could read goes; what is unsent stays until the same person signs in again.
  await forgetReplica(store)
  location.assign('/account/login/?next=/field/')
}

async function storage(desk: Desk): Promise<HTMLElement> {
  const { words } = desk
  const section = card()
  const draw = async (): Promise<void> => {
    const persisted = await navigator.storage.persisted()
    const { usage, quota } = await navigator.storage.estimate()
    const megabytes = (bytes: number | undefined): number => Math.round((bytes ?? 0) / 1_048_576)
    const ask = async (): Promise<void> => {
      await navigator.storage.persist()
      await draw()
    }
    section.replaceChildren(
      h('h2', {}, words.me.storage),
      h('p', {}, persisted ? words.me.persisted : words.me.notPersisted),
      h('p', { class: 'fd-quiet' }, words.me.used(megabytes(usage), megabytes(quota))),
      ...(persisted ? [] : [button(words.me.askPersist, () => void ask())]),
    )
  }
  await draw()
  return section
}

export async function me(desk: Desk): Promise<Screen> {
  const { words, replica, store } = desk
  const given = await consentGiven(desk)
  const last = await kept.syncedAt(store)
  const leaving = h('div', { class: 'fd-stack' })
  leaving.append(button(words.me.signOut, () => void signOut(desk, leaving, false)))
  const choose = (value: string): void => {
    localStorage.setItem('lx-field-language', value)
    // The server writes its own words (facts, reasons, refusals) in the language of this cookie.
    document.cookie = `django_language=${value}; path=/; max-age=31536000; SameSite=Lax`
    location.reload()
  }
  const install = offer
  const body = h(
    'div',
    { class: 'fd-stack' },
    card(
      h('p', { class: 'fd-large' }, replica.person.name),
      h('p', { class: 'fd-quiet' }, `${words.me.employee(replica.person.employee_no)} · ${replica.company.name}`),
      h('p', { class: 'fd-quiet' }, last === null ? words.sync.never : words.sync.last(desk.momentOf(last))),
    ),
    card(
      h('h2', {}, words.me.position),
      h('p', {}, given ? words.me.positionGiven((replica.consent.given_at ?? desk.iso()).slice(0, 10)) : words.me.positionNot),
      h('p', { class: 'fd-quiet' }, words.me.privacy),
      link(words.consent.open, '#/consent'),
    ),
    await storage(desk),
    card(
      selectField(
        { label: words.me.language, value: tagOf(desk.language), options: [{ value: 'zh-hans', title: '简体中文' }, { value: 'zh-hant', title: '繁體中文' }, { value: 'en', title: 'English' }] }, // prettier-ignore
        choose,
      ),
      install === null ? null : button(words.me.install, () => void install.prompt()),
      link(words.me.web, '/'),
    ),
    leaving,
  )
  return { title: words.me.title, body, live: false }
}
