import { button, h, icon, link, note, type IconName } from '../parts/dom'
import * as outbox from '../store/outbox'
import { keepPerson } from '../store/persons'
import type { Desk, Screen } from './desk'

const WRONG_CLOCK_MS = 2 * 60_000
const TOAST_MS = 4_000

/** What stands around every screen: head with the state of the sync, notices, menu under the thumb. */
export class Frame {
  live = false
  readonly #head = h('header', { class: 'fd-head' })
  readonly #notices = h('div', { class: 'fd-notices', role: 'status' })
  readonly #title = h('h1', { class: 'fd-title', tabindex: -1 })
  readonly #main = h('main', { class: 'fd-main-area' })
  readonly #foot = h('div', { class: 'fd-foot' })
  readonly #toasts = h('div', { class: 'fd-toasts', role: 'status', 'aria-live': 'polite' })
  readonly #chip = h('a', { class: 'fd-sync', href: '#/outbox' })
  #menu = ''

  constructor(readonly root: HTMLElement) {
    root.replaceChildren(this.#head, this.#notices, this.#main, this.#foot, this.#toasts)
  }

  toast(text: string): void {
    const said = h('div', { class: 'fd-toast' }, text)
    this.#toasts.append(said)
    setTimeout(() => said.remove(), TOAST_MS)
  }

  async show(desk: Desk, screen: Screen, menu: string, again: boolean): Promise<void> {
    this.live = screen.live
    this.#menu = menu
    document.title = `${screen.title} · ${desk.words.app}`
    this.#title.textContent = screen.title
    const back = screen.back === undefined ? null : h('a', { class: 'fd-back', href: screen.back, 'aria-label': desk.words.back }, icon('back'))
    this.#head.replaceChildren(...[back, this.#title, this.#chip].filter((part) => part !== null))
    this.#main.replaceChildren(screen.body)
    this.#foot.replaceChildren(...(screen.bar === undefined ? [] : [screen.bar]), ...(screen.bar === undefined || !location.hash.startsWith('#/visit') ? [this.#nav(desk)] : []))
    if (!again) {
      window.scrollTo(0, 0)
      this.#title.focus({ preventScroll: true })
    }
    await this.head(desk)
  }

  #nav(desk: Desk): HTMLElement {
    const entry = (key: string, title: string, name: IconName): HTMLElement =>
      h('a', { href: `#/${key}`, 'aria-current': key === this.#menu ? 'page' : false }, icon(name), h('span', {}, title))
    const { nav } = desk.words
    return h('nav', { class: 'fd-nav', 'aria-label': nav.menu }, entry('', nav.today, 'today'), entry('retailers', nav.retailers, 'shop'), entry('outbox', nav.outbox, 'outbox'), entry('me', nav.me, 'me'))
  }

  /** The state of the sync, and what the person should know or do about it. */
  async head(desk: Desk): Promise<void> {
    const { words, loop, store } = desk
    const { pending, photos, trouble } = await outbox.counts(store)
    const unsent = pending + photos
    const { standing } = loop
    const state =
      trouble > 0 ? words.sync.trouble(trouble) : standing === 'working' && unsent > 0 ? words.sync.working : unsent > 0 ? words.sync.unsent(unsent) : words.sync.allSent
    this.#chip.textContent = state
    this.#chip.className = trouble > 0 ? 'fd-sync fd-bad' : unsent > 0 ? 'fd-sync' : 'fd-sync fd-good'
    this.#chip.dataset['unsent'] = String(unsent)
    this.#chip.dataset['standing'] = standing
    const said: HTMLElement[] = []
    if (standing === 'offline') said.push(note(words.sync.offline))
    if (standing === 'waiting') said.push(note(words.sync.waiting))
    if (standing === 'denied') said.push(note(`${words.sync.denied}${loop.reason === '' ? '' : `${words.colon}${loop.reason}`}`, 'fd-warn'))
    if (standing === 'signed_out') said.push(h('div', { class: 'fd-note fd-warn' }, words.sync.signedOut, ' ', link(words.sync.signIn, '/account/login/?next=/field/')))
    if (standing === 'other_person' && loop.other !== null) {
      const { person_id, name } = loop.other
      const change = (): void => {
        void keepPerson(person_id, name).then(() => location.reload())
      }
      said.push(h('div', { class: 'fd-note fd-warn' }, words.sync.otherPerson(name), ' ', button(words.sync.useAs(name), change)))
    }
    const minutes = Math.round(Math.abs(desk.offset_ms) / 60_000)
    if (Math.abs(desk.offset_ms) > WRONG_CLOCK_MS) said.push(note(desk.offset_ms < 0 ? words.sync.clockAhead(minutes) : words.sync.clockBehind(minutes), 'fd-warn'))
    const waiting = (await navigator.serviceWorker?.getRegistration('/field/'))?.waiting ?? null
    if (waiting !== null) {
      said.push(h('div', { class: 'fd-note fd-tell' }, words.sync.newVersion, ' ', button(words.sync.takeOver, () => waiting.postMessage('take over'))))
    }
    const text = said.map((one) => one.textContent).join('')
    if (text !== this.#notices.textContent) this.#notices.replaceChildren(...said)
  }
}
