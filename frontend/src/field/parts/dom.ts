type Given = string | number | boolean | ((event: Event) => void)
type Child = Node | string | null

/** An element: attributes by name, handlers as `onclick`, false leaves an attribute out. Text is text, never markup. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, given: Readonly<Record<string, Given>> = {}, ...children: readonly Child[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === 'function') made.addEventListener(name.replace(/^on/, ''), value)
    else if (value === true) made.setAttribute(name, '')
    else if (value !== false) made.setAttribute(name, String(value))
  }
  made.append(...children.filter((child) => child !== null))
  return made
}

const SVG = 'http://www.w3.org/2000/svg'

export function svg(tag: string, given: Readonly<Record<string, string | number>> = {}, ...children: readonly (Node | string)[]): SVGElement {
  const made = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(given)) made.setAttribute(name, String(value))
  made.append(...children)
  return made
}

const PATHS = {
  today: 'M4 6h16v14H4zM4 10h16M8 3v4M16 3v4',
  shop: 'M4 10l1-5h14l1 5M5 10v10h14V10M9 20v-6h6v6',
  outbox: 'M4 13v6h16v-6M12 15V4M8 8l4-4 4 4',
  me: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c1-4 4-6 8-6s7 2 8 6',
  back: 'M15 5l-7 7 7 7',
  camera: 'M4 8h4l2-3h4l2 3h4v11H4zM12 17a4 4 0 1 0 0-8 4 4 0 0 0 0 8z',
  place: 'M12 21s-7-6-7-11a7 7 0 0 1 14 0c0 5-7 11-7 11zM12 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  tick: 'M5 12l5 5 9-10',
  list: 'M9 6h11M9 12h11M9 18h11M4 6h1M4 12h1M4 18h1',
} as const

export type IconName = keyof typeof PATHS

export function icon(name: IconName): SVGElement {
  return svg('svg', { class: 'fd-icon', viewBox: '0 0 24 24', 'aria-hidden': 'true' }, svg('path', { d: PATHS[name] }))
}

type ButtonKind = 'fd-main' | 'fd-plain' | 'fd-quietbutton'

export function button(text: string, press: () => void, kind: ButtonKind = 'fd-plain', more: Readonly<Record<string, Given>> = {}): HTMLButtonElement {
  return h('button', { type: 'button', class: `fd-button ${kind}`, onclick: press, ...more }, text)
}

export function link(text: string, to: string, kind: ButtonKind = 'fd-plain'): HTMLAnchorElement {
  return h('a', { href: to, class: `fd-button ${kind}` }, text)
}

export function empty(title: string, why: string): HTMLElement {
  return h('div', { class: 'fd-empty' }, h('p', { class: 'fd-emptytitle' }, title), h('p', { class: 'fd-quiet' }, why))
}

export function note(text: string, kind: 'fd-tell' | 'fd-warn' = 'fd-tell'): HTMLElement {
  return h('p', { class: `fd-note ${kind}` }, text)
}

export function card(...children: readonly Child[]): HTMLElement {
  return h('section', { class: 'fd-card' }, ...children)
}

export function fold(title: string, open: boolean, ...children: readonly Child[]): HTMLElement {
  return h('details', { class: 'fd-fold', open }, h('summary', {}, title), ...children)
}
