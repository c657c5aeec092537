import { say } from './speaking'

const DENSITY = 'lx-density'

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function showDensity(isDense: boolean): void {
  document.documentElement.classList.toggle('lx-dense', isDense)
  for (const button of document.querySelectorAll('[data-lx-density]')) button.setAttribute('aria-pressed', String(isDense))
}

/** Dense rows, remembered on this device. */
export function rememberDensity(): void {
  showDensity(stored(DENSITY) === 'dense')
  document.addEventListener('htmx:afterSettle', () => showDensity(stored(DENSITY) === 'dense'))
  document.addEventListener('click', (event) => {
    if (!(event.target instanceof Element) || event.target.closest('[data-lx-density]') === null) return
    const isDense = !document.documentElement.classList.contains('lx-dense')
    try {
      localStorage.setItem(DENSITY, isDense ? 'dense' : 'roomy')
    } catch {
      // Storage may be forbidden; the choice then lasts as long as the page.
    }
    showDensity(isDense)
  })
}

/** Lists that drop down close on a click elsewhere and on Esc, and only one is open. */
export function closeDropdowns(): void {
  const open = (): NodeListOf<HTMLDetailsElement> => document.querySelectorAll('details.lx-drop[open]')
  document.addEventListener('click', (event) => {
    for (const drop of open()) if (!(event.target instanceof Node && drop.contains(event.target))) drop.open = false
  })
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    for (const drop of open()) {
      drop.open = false
      drop.querySelector('summary')?.focus()
    }
  })
}

/** A search box above a long list of choices hides what does not match. */
export function narrowChoices(): void {
  document.addEventListener('input', (event) => {
    if (!(event.target instanceof HTMLInputElement) || !event.target.hasAttribute('data-lx-narrow')) return
    const wanted = event.target.value.trim().toLowerCase()
    for (const choice of event.target.closest('.lx-dropbody')?.querySelectorAll<HTMLElement>('.lx-options > label') ?? []) {
      choice.hidden = !(choice.textContent ?? '').toLowerCase().includes(wanted)
    }
  })
  document.addEventListener('keydown', (event) => {
    // Enter in the search box must not send the form of the filters.
    if (event.key === 'Enter' && event.target instanceof Element && event.target.hasAttribute('data-lx-narrow')) event.preventDefault()
  })
}

export function copyAndPrint(): void {
  document.addEventListener('click', (event) => {
    if (!(event.target instanceof Element)) return
    const copy = event.target.closest<HTMLElement>('[data-lx-copy]')
    if (copy !== null) {
      const text = copy.dataset['lxCopy'] === '' ? location.href : (copy.dataset['lxCopy'] ?? location.href)
      void navigator.clipboard.writeText(text).then(() => say(copy.dataset['done'] ?? ''))
    }
    if (event.target.closest('[data-lx-print]') !== null) print()
  })
}

/** The summary of a form's errors takes the focus, so that nobody misses it. */
export function focusFaults(): void {
  document.querySelector<HTMLElement>('[data-lx-focus]')?.focus()
  document.addEventListener('htmx:afterSettle', (event) => {
    // Only in what has just come: a form with faults elsewhere on the page must not take the focus from a filter.
    const came = event.target
    if (came instanceof HTMLElement && came.id !== 'page-body') came.querySelector<HTMLElement>('[data-lx-focus]')?.focus()
  })
}
