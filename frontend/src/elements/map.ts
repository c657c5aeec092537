import { payload } from '../api/payload'
import { withUnit, written } from '../lib/numbers'
import { map as mapPayload, type TerritoryMap } from '../lib/payloads'
import { fault } from '../lib/result'
import { SIGNS, spots, stepOf, territories, thresholds } from '../lib/territories'
import { parsed } from '../lib/validation'
import { wordsFor } from '../lib/words'
import type { Atlas } from './atlas'
import { element, faultIn, frame, printedPayload, type Grid } from './frame'
import { dark, language } from './theme'

const LISTED = 100

function hasWebgl(): boolean {
  try {
    return document.createElement('canvas').getContext('webgl2') !== null
  } catch {
    return false
  }
}

/** What the colours mean, in words, signs and numbers. */
function legend(map: TerritoryMap): HTMLElement {
  const words = wordsFor(language())
  const { low, high, low_word, high_word } = map.scale
  const number = (value: number): string => written(value, map.measure, language())
  const edges = thresholds(map)
  const texts = SIGNS.map((_, index) => {
    const [from, until] = [edges[index - 1], edges[index]]
    if (from === undefined) return `< ${number(until ?? low)}`
    return until === undefined ? `> ${number(from)}` : `${number(from)} … ${number(until)}`
  })
  const line = element('div', { class: 'lx-legend' }, element('span', {}, `${low_word} ${number(low)}`))
  for (const [index, sign] of SIGNS.entries()) {
    const shade = map.good === 'down' ? 6 - index : index
    line.append(element('span', { class: `lx-swatch lx-swatch-${shade + 1}`, title: texts[index] ?? '' }, sign))
  }
  line.append(element('span', {}, `${number(high)} ${high_word}`))
  line.append(element('span', { class: 'lx-legendmissing' }, element('span', { class: 'lx-swatch lx-swatch-none' }), words.missing))
  return line
}

/** Which colour is which way. */
function routeLegend(map: TerritoryMap): HTMLElement {
  const line = element('div', { class: 'lx-legend' })
  for (const [index, name] of map.groups.entries()) {
    line.append(element('span', { class: `lx-routekey lx-routekey-${(index % 5) + 1} lx-routeturn-${Math.floor(index / 5) % 3}` }, name))
  }
  return line
}

function gridOf(map: TerritoryMap): Grid {
  const words = wordsFor(language())
  if (map.routes.length > 0) {
    const shops = (group: number): string => map.points.name.filter((_, index) => map.points.group[index] === group).join(' → ')
    return { heads: [words.name, words.retailers], rows: map.groups.map((name, group) => [name, shops(group)]) }
  }
  const figure = (value: number | null): string => (value === null ? words.missing : withUnit(value, map.measure, language()))
  return {
    heads: [words.name, words.retailers, map.measure.title],
    rows: territories(map, spots(map)).map(({ name, n, value }) => [name, written(n, { format: 'number', decimals: 0, unit: '' }, language()), figure(value)]),
  }
}

/** The map in words: whoever stands farthest below the middle first. */
function listed(map: TerritoryMap): HTMLElement {
  const words = wordsFor(language())
  const known = map.points.value.flatMap((value, index) => (value === null ? [] : [{ value, index }]))
  known.sort((a, b) => (map.good === 'down' ? b.value - a.value : a.value - b.value))
  const items = known.slice(0, LISTED).map(({ value, index }) => {
    const name = map.points.name[index] ?? ''
    const id = map.points.id[index]
    const step = stepOf(map, value) ?? 3
    const link = map.href === '' || id === undefined ? name : element('a', { href: map.href.replace('{id}', String(id)) }, name)
    return element('li', {}, link, ' ', element('span', { class: `lx-swatch lx-swatch-${step + 1}` }, withUnit(value, map.measure, language())))
  })
  return element('div', { class: 'lx-maplist' }, element('p', { class: 'lx-quiet' }, words.noWebgl), element('ol', {}, ...items))
}

/** `<lx-map>`: retailers on a map that needs no tiles; with `src` the payload is fetched from there. */
export class MapElement extends HTMLElement {
  #atlas: Atlas | null = null
  #seen: IntersectionObserver | null = null
  readonly #redraw = (): void => this.#atlas?.redraw()

  connectedCallback(): void {
    if (this.#atlas !== null || this.querySelector('.lx-frame') !== null) return
    void this.#read()
  }

  disconnectedCallback(): void {
    this.#seen?.disconnect()
    dark.removeEventListener('change', this.#redraw)
    this.#atlas?.dispose()
    this.#atlas = null
  }

  async #read(): Promise<void> {
    const printed = printedPayload(this)
    const src = this.getAttribute('src')
    if (printed === null && src !== null) {
      this.replaceChildren(element('p', { class: 'lx-quiet lx-maploading' }, wordsFor(language()).loading))
    }
    const map =
      printed !== null ? parsed(printed, mapPayload) : src !== null ? await payload(src, mapPayload) : fault('there is no payload')
    if (!this.isConnected) return
    if (map.ok) this.#prepare(map.value)
    else faultIn(this, map.fault)
  }

  #prepare(map: TerritoryMap): void {
    const words = wordsFor(language())
    const placed = spots(map).length
    const { figure, canvas, below } = frame(map.title, map.note, map.groups.length > 0 ? gridOf(map) : null)
    // A map is worked with, not only looked at: an image would hide its points from a screen reader.
    canvas.setAttribute('role', 'group')
    this.replaceChildren(figure)
    if (placed === 0) {
      canvas.replaceChildren(
        element('div', { class: 'lx-empty' }, element('p', { class: 'lx-emptytitle' }, words.noPoints), element('p', { class: 'lx-quiet' }, words.noPointsWhy)),
      )
      return
    }
    const missing = map.points.id.length - placed
    if (missing > 0) below.prepend(element('p', { class: 'lx-quiet' }, `${missing} ${words.unplaced}`))
    below.prepend(map.routes.length > 0 ? routeLegend(map) : legend(map))
    if (!hasWebgl()) {
      canvas.replaceChildren(listed(map))
      return
    }
    canvas.classList.add('lx-mapcanvas')
    this.#seen = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) void this.#draw(canvas, map)
      },
      { rootMargin: '200px' },
    )
    this.#seen.observe(canvas)
  }

  async #draw(canvas: HTMLDivElement, map: TerritoryMap): Promise<void> {
    this.#seen?.disconnect()
    const { atlas } = await import('./atlas')
    if (!this.isConnected || this.#atlas !== null) return
    this.#atlas = atlas(canvas, map)
    dark.addEventListener('change', this.#redraw)
  }
}
