import { element } from '../elements/frame'
import { language } from '../elements/theme'
import { wordsFor } from '../lib/words'

const SHOWN_FOR = 8000

/** Says something in the corner, and to screen readers. */
export function say(text: string, tone: 'info' | 'error' = 'info'): void {
  const region = document.getElementById('lx-toasts')
  if (region === null || text === '') return
  const toast = element('div', { class: tone === 'error' ? 'lx-toast lx-toast-error' : 'lx-toast' }, text)
  region.append(toast)
  setTimeout(() => toast.remove(), SHOWN_FOR)
}

export function speakOfFaults(): void {
  const words = wordsFor(language())
  document.addEventListener('htmx:responseError', () => say(words.failed, 'error'))
  document.addEventListener('htmx:sendError', () => say(words.offline, 'error'))
  document.addEventListener('lx:toast', (event) => {
    // htmx puts a plain value of the HX-Trigger header under `value`.
    const detail: unknown = event instanceof CustomEvent ? event.detail : null
    if (typeof detail === 'object' && detail !== null && 'value' in detail) say(String(detail.value))
  })
  for (const toast of document.querySelectorAll('.lx-toast:not(.lx-toast-error)')) setTimeout(() => toast.remove(), SHOWN_FOR)
}
