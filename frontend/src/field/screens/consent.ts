import { newId } from '../../lib/uuid'
import { button, card, h } from '../parts/dom'
import * as kept from '../store/kept'
import * as outbox from '../store/outbox'
import type { Desk, Screen } from './desk'

/** Whether the person agrees now: what was said here last and is still under way counts before what the server knew. */
export async function consentGiven(desk: Desk): Promise<boolean> {
  const own = (await outbox.all(desk.store)).find(({ verb, state }) => verb.startsWith('consent.') && state === 'pending')
  return own === undefined ? desk.replica.consent.given_at !== null : own.verb === 'consent.give'
}

/** Write the decision down; a no to a question not yet answered needs no record at the server. */
export async function decide(desk: Desk, yes: boolean): Promise<void> {
  const before = await consentGiven(desk)
  await kept.keepDeclined(desk.store, !yes)
  if (yes !== before) {
    await desk.queue({ id: newId(), verb: yes ? 'consent.give' : 'consent.withdraw', made_at: desk.iso(), retailer_id: null, body: {} })
  }
  desk.loop.tell()
}

export async function consent(desk: Desk): Promise<Screen> {
  const words = desk.words.consent
  const given = await consentGiven(desk)
  const answer = (yes: boolean) => async (): Promise<void> => {
    await decide(desk, yes)
    desk.toast(words.thanks)
    desk.go('/')
  }
  const body = h(
    'div',
    { class: 'fd-stack' },
    card(
      h('p', { class: 'fd-large' }, words.what),
      h('h2', {}, words.purpose),
      h('p', {}, desk.replica.consent.purpose === '' ? words.noPurpose : desk.replica.consent.purpose),
      h('ul', { class: 'fd-points' }, h('li', {}, words.refuse), h('li', {}, words.deleted), h('li', {}, words.withdraw)),
    ),
    !given && desk.replica.consent.purpose === ''
      ? null
      : given
      ? button(words.withdrawIt, () => void answer(false)(), 'fd-plain')
      : h('div', { class: 'fd-pair' }, button(words.no, () => void answer(false)(), 'fd-plain'), button(words.yes, () => void answer(true)(), 'fd-plain')),
  )
  return { title: words.title, body, back: '#/me', live: false }
}
