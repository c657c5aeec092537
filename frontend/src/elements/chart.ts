import { withUnit } from '../lib/numbers'
import { charts, spark, type Chart } from '../lib/payloads'
import { fault, type Result } from '../lib/result'
import { parsed } from '../lib/validation'
import { wordsFor } from '../lib/words'
import type { Drawing } from './drawing'
import { element, faultIn, fileName, frame, printedPayload } from './frame'
import { gridOf } from './grids'
import { sparkLine } from './spark'
import { dark, language, printing } from './theme'

type Kind = keyof typeof charts

const isKind = (text: string | null): text is Kind => text !== null && Object.hasOwn(charts, text)

function chartIn(text: string, kind: Kind): Result<Chart> {
  // One line per kind: the validator of a union would blame the wrong member.
  switch (kind) {
    case 'trend':
      return parsed(text, charts.trend)
    case 'structure':
      return parsed(text, charts.structure)
    case 'distribution':
      return parsed(text, charts.distribution)
    case 'bars':
      return parsed(text, charts.bars)
    case 'curve':
      return parsed(text, charts.curve)
  }
}

/** How high the picture must be so that nothing is squeezed; known before ECharts has come, so that the page does not jump. */
function heightOf(chart: Chart): number {
  return chart.kind === 'bars' ? Math.max(120, chart.items.length * 27 + 64) : 280
}

/** `<lx-chart kind="…">`: checks the payload printed inside it, then draws it when it comes into view. */
export class ChartElement extends HTMLElement {
  #drawing: Drawing | null = null
  #seen: IntersectionObserver | null = null
  #sized: ResizeObserver | null = null
  #place: HTMLDivElement | null = null
  readonly #redraw = (): void => this.#drawing?.draw()

  connectedCallback(): void {
    const printed = printedPayload(this)
    // Moved within the page: the frame is still there, the picture was thrown away on leaving.
    if (printed === null) {
      if (this.#place !== null) this.#seen?.observe(this.#place)
      return
    }
    const kind = this.getAttribute('kind')
    if (kind === 'spark') {
      this.#drawSpark(printed)
      return
    }
    const chart: Result<Chart> = isKind(kind) ? chartIn(printed, kind) : fault(`kind is ${kind ?? 'missing'}`)
    if (chart.ok) this.#prepare(chart.value)
    else faultIn(this, chart.fault)
  }

  disconnectedCallback(): void {
    this.#seen?.disconnect()
    this.#sized?.disconnect()
    dark.removeEventListener('change', this.#redraw)
    printing.removeEventListener('change', this.#redraw)
    this.#drawing?.dispose()
    this.#drawing = null
  }

  #drawSpark(printed: string): void {
    const chart = parsed(printed, spark)
    if (chart.ok) this.replaceChildren(sparkLine(chart.value.values, chart.value.title))
    else faultIn(this, chart.fault)
  }

  #prepare(chart: Chart): void {
    const { figure, canvas, tools, below } = frame(chart.title, chart.note, gridOf(chart, language()))
    this.#addTools(tools, chart.title)
    this.#nameOutliers(below, chart)
    this.replaceChildren(figure)
    this.#seen = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) void this.#draw(canvas, chart)
      },
      { rootMargin: '200px' },
    )
    const asked = Number(this.dataset['height'])
    canvas.style.height = `${asked > 0 ? asked : heightOf(chart)}px`
    this.#place = canvas
    this.#seen.observe(canvas)
  }

  async #draw(canvas: HTMLDivElement, chart: Chart): Promise<void> {
    this.#seen?.disconnect()
    const { drawing } = await import('./drawing')
    if (!this.isConnected || this.#drawing !== null) return
    const drawn = drawing(canvas, chart, (index) => this.#follow(chart, index))
    this.#drawing = drawn
    let width = canvas.clientWidth
    this.#sized = new ResizeObserver(() => {
      if (canvas.clientWidth === width) return
      width = canvas.clientWidth
      drawn.resize()
    })
    this.#sized.observe(canvas)
    dark.addEventListener('change', this.#redraw)
    printing.addEventListener('change', this.#redraw)
  }

  #follow(chart: Chart, index: number): void {
    const href = chart.kind === 'bars' ? (chart.items[index]?.href ?? '') : ''
    if (href.startsWith('/') || href.startsWith('?')) location.assign(href)
  }

  #addTools(tools: HTMLElement, title: string): void {
    const words = wordsFor(language())
    const png = element('button', { type: 'button', class: 'lx-tool' }, 'PNG')
    png.title = words.png
    png.setAttribute('aria-label', `${words.png}: ${title}`)
    png.addEventListener('click', () => {
      if (this.#drawing === null) return
      element('a', { href: this.#drawing.picture(), download: `${fileName(title)}.png` }).click()
    })
    tools.append(png)
    const xlsx = this.dataset['xlsx']
    if (xlsx !== undefined) {
      tools.append(element('a', { class: 'lx-tool', href: xlsx, download: '', title: words.xlsx, 'aria-label': `${words.xlsx}: ${title}` }, 'XLSX'))
    }
  }

  #nameOutliers(below: HTMLElement, chart: Chart): void {
    if (chart.kind !== 'distribution' || chart.outliers.length === 0) return
    const line = element('p', { class: 'lx-outliers' }, element('span', { class: 'lx-quiet' }, `${wordsFor(language()).outliers} `))
    for (const [index, { name, value, href }] of chart.outliers.entries()) {
      if (index > 0) line.append(' · ')
      line.append(href === '' ? name : element('a', { href }, name))
      if (value !== null) line.append(` ${withUnit(value, chart.measure, language())}`)
    }
    below.prepend(line)
  }
}
