import type { Answer } from '../api/calls'
import { button, h, link, note } from '../parts/dom'
import type { Words } from '../words'

/** Before the first sign-in on this phone, and when there is nothing on it to work with. */
export function firstScreen(root: HTMLElement, words: Words, answer: Answer<unknown>, again: () => void): void {
  const said =
    answer.kind === 'signed_out'
      ? null
      : answer.kind === 'refused'
        ? note(answer.status === 403 ? `${words.first.noRight} ${answer.reason}` : `${words.first.fault}${words.colon}${answer.reason}`, 'fd-warn')
        : note(words.first.noNetwork, 'fd-warn')
  root.replaceChildren(
    h(
      'main',
      { class: 'fd-main-area fd-stack' },
      h('h1', { class: 'fd-title' }, words.first.title),
      h('p', { class: 'fd-large' }, words.first.text),
      said,
      window.isSecureContext ? null : note(words.first.insecure, 'fd-warn'),
      answer.kind === 'signed_out' ? link(words.first.signIn, '/account/login/?next=/field/', 'fd-main') : button(words.first.retry, again, 'fd-main'),
    ),
  )
}
