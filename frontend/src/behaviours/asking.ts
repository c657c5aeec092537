import htmx from 'htmx.org'
import { PanelElement } from '../elements/panel'
import { language } from '../elements/theme'
import { element } from '../elements/frame'
import { wordsFor } from '../lib/words'

interface Asked {
  readonly elt: Element
  readonly headers: Record<string, string>
  readonly parameters: FormData | Record<string, unknown>
}

const detailOf = (event: Event): Asked | null => (event instanceof CustomEvent ? (event.detail as Asked) : null)

/** htmx as our content policy wants it: no inline style, no eval, own server only. Must run before htmx is ready. */
export function setUpHtmx(): void {
  htmx.config.includeIndicatorStyles = false
  htmx.config.allowEval = false
  htmx.config.selfRequestsOnly = true
  htmx.config.scrollBehavior = 'auto'
  // A page of figures is asked again on the way back instead of being kept in the browser's storage.
  htmx.config.historyCacheSize = 0
  htmx.config.refreshOnHistoryMiss = true
  // Copying style attributes from the old content to the new would break the content policy.
  htmx.config.attributesToSettle = []

  document.addEventListener('htmx:configRequest', (event) => {
    const asked = detailOf(event)
    if (asked === null) return
    const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content
    if (token !== undefined) asked.headers['X-CSRFToken'] = token
    // Empty filters do not belong into the address.
    if (asked.elt instanceof HTMLFormElement && asked.elt.method === 'get' && asked.parameters instanceof FormData) {
      for (const [name, value] of [...asked.parameters.entries()]) if (value === '') asked.parameters.delete(name)
    }
  })
  document.addEventListener('htmx:beforeSwap', (event) => {
    const detail: unknown = event instanceof CustomEvent ? event.detail : null
    if (typeof detail !== 'object' || detail === null || !('xhr' in detail) || !(detail.xhr instanceof XMLHttpRequest)) return
    // A dead session answers with the sign-in page: show it whole; what was typed is kept by `keeping`.
    if (/\/login\/?(\?|$)/.test(detail.xhr.responseURL)) {
      event.preventDefault()
      location.reload()
    }
  })
}

const isPlainClick = (event: MouseEvent): boolean =>
  event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey

async function explain(link: HTMLAnchorElement): Promise<void> {
  const panel = document.querySelector('lx-panel')
  if (!(panel instanceof PanelElement)) return
  const place = panel.open(link)
  if (place === null) return
  try {
    await htmx.ajax('get', link.href, { target: place, swap: 'innerHTML' })
    panel.loaded()
  } catch {
    panel.failed()
  }
}

/** Opens a row of a table in place: what its address answers stands in a row of its own below it. */
async function openRow(link: HTMLAnchorElement): Promise<void> {
  const row = link.closest('tr')
  if (row === null) return
  const isOpen = link.getAttribute('aria-expanded') === 'true'
  link.setAttribute('aria-expanded', String(!isOpen))
  if (isOpen) {
    row.nextElementSibling?.remove()
    return
  }
  const words = wordsFor(language())
  const cell = element('td', { colspan: String(row.cells.length) }, element('span', { class: 'lx-quiet' }, words.loading))
  row.after(element('tr', { class: 'lx-detail' }, cell))
  try {
    await htmx.ajax('get', link.href, { target: cell, swap: 'innerHTML' })
  } catch {
    cell.replaceChildren(element('span', { class: 'lx-fault' }, words.failed))
  }
}

export function openFiguresAndRows(): void {
  document.addEventListener('click', (event) => {
    if (!(event.target instanceof Element) || !isPlainClick(event)) return
    const figure = event.target.closest<HTMLAnchorElement>('a[data-lx-explain]')
    const row = event.target.closest<HTMLAnchorElement>('a[data-lx-open]')
    if (figure !== null) {
      event.preventDefault()
      void explain(figure)
    } else if (row !== null) {
      event.preventDefault()
      void openRow(row)
    }
  })
  document.addEventListener('htmx:responseError', (event) => {
    if (event.target instanceof Element && event.target.id === 'lx-panel-body') {
      const panel = document.querySelector('lx-panel')
      if (panel instanceof PanelElement) panel.failed()
    }
  })
}

/** Filters answer at once; the button stays for those without scripts. */
export function answerFiltersAtOnce(): void {
  document.documentElement.classList.add('lx-scripted')
  document.addEventListener('change', (event) => {
    if (!(event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement)) return
    const form = event.target.closest('form')
    if (form?.hasAttribute('data-lx-instant') !== true || event.target.hasAttribute('data-lx-narrow')) return
    // Ticking several boxes of a list is one question: it is asked when the list closes.
    if (event.target.type === 'checkbox') form.dataset['lxWaiting'] = 'yes'
    else form.requestSubmit()
  })
  document.addEventListener(
    'toggle',
    (event) => {
      if (!(event.target instanceof HTMLDetailsElement) || event.target.open) return
      const form = event.target.closest('form')
      if (form?.dataset['lxWaiting'] !== 'yes') return
      delete form.dataset['lxWaiting']
      form.requestSubmit()
    },
    true,
  )
}
