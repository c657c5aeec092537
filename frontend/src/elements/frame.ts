import { wordsFor } from '../lib/words'
import { language } from './theme'

type Attributes = Readonly<Record<string, string>>

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

export interface Grid {
  readonly heads: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** The numbers of a picture as a table, for screen readers and for whoever wants to read them. */
function gridTable(grid: Grid, caption: string): HTMLElement {
  const head = element('tr', {}, ...grid.heads.map((text) => element('th', { scope: 'col' }, text)))
  const rows = grid.rows.map((cells) =>
    element('tr', {}, ...cells.map((text, index) => (index === 0 ? element('th', { scope: 'row' }, text) : element('td', {}, text)))),
  )
  return element(
    'table',
    { class: 'lx-gridtable' },
    element('caption', { class: 'visually-hidden' }, caption),
    element('thead', {}, head),
    element('tbody', {}, ...rows),
  )
}

export interface Frame {
  readonly figure: HTMLElement
  readonly canvas: HTMLDivElement
  readonly tools: HTMLElement
  readonly below: HTMLElement
}

/** What stands around every picture: the finding as title, the tools, the note, the table. */
export function frame(title: string, note: string, grid: Grid | null): Frame {
  const words = wordsFor(language())
  const canvas = element('div', { class: 'lx-canvas', role: 'img', 'aria-label': title })
  const tools = element('div', { class: 'lx-charttools' })
  const below = element('div', { class: 'lx-chartbelow' })
  const caption = element('figcaption', { class: 'lx-charthead' }, element('strong', { class: 'lx-charttitle' }, title), tools)
  const figure = element('figure', { class: 'lx-frame' }, caption, canvas, below)
  if (note !== '') below.append(element('p', { class: 'lx-quiet' }, note))
  if (grid !== null) {
    const details = element('details', { class: 'lx-charttable' }, element('summary', {}, words.table))
    details.append(element('div', { class: 'lx-scroll', tabindex: '0', role: 'group', 'aria-label': title }, gridTable(grid, title)))
    below.append(details)
  }
  return { figure, canvas, tools, below }
}

export function faultIn(host: HTMLElement, text: string): void {
  const words = wordsFor(language())
  host.replaceChildren(element('div', { class: 'lx-picturefault', role: 'alert' }, element('strong', {}, words.fault), ` ${text}`))
}

/** The JSON that the server printed inside the element, or null. */
export function printedPayload(host: HTMLElement): string | null {
  return host.querySelector(':scope > script[type="application/json"]')?.textContent ?? null
}

export function fileName(title: string): string {
  return title.replace(/[\\/:*?"<>|\s]+/g, '-').slice(0, 80)
}
