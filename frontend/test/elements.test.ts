import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { ChartElement } from '../src/elements/chart'
import { MapElement } from '../src/elements/map'
import { besidePoint, optionOf, partLabels } from '../src/elements/options'
import { PanelElement } from '../src/elements/panel'
import { sparkPath } from '../src/elements/spark'

/* What stands around the canvases: these tests draw nothing, the journeys in a real browser do. */

const example = (kind: string): string =>
  readFileSync(join(import.meta.dirname, `../../tests/contract/payloads/${kind}.json`), 'utf8')

beforeAll(() => {
  customElements.define('lx-chart', ChartElement)
  customElements.define('lx-map', MapElement)
  customElements.define('lx-panel', PanelElement)
})

beforeEach(() => {
  document.documentElement.lang = 'en'
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})

function shown(markup: string): HTMLElement {
  // Made first and put into the page whole, as htmx does.
  const template = document.createElement('template')
  template.innerHTML = markup
  document.body.append(template.content)
  const found = document.body.lastElementChild
  if (!(found instanceof HTMLElement)) throw new Error('nothing was shown')
  return found
}

const chart = (kind: string, payload: string): HTMLElement =>
  shown(`<lx-chart kind="${kind}" data-xlsx="?export=xlsx"><script type="application/json">${payload}</script></lx-chart>`)

describe('<lx-chart>', () => {
  test.each(['trend', 'structure', 'distribution', 'bars', 'curve'])('%s shows its finding and its numbers as a table', (kind) => {
    const host = chart(kind, example(kind))
    const { title } = JSON.parse(example(kind)) as { title: string }
    expect(host.querySelector('.lx-charttitle')?.textContent).toBe(title)
    expect(host.querySelector('[role=img]')?.getAttribute('aria-label')).toBe(title)
    expect(host.querySelectorAll('table tbody tr').length).toBeGreaterThan(1)
    expect([...host.querySelectorAll('.lx-tool')].map((tool) => tool.textContent)).toEqual(['PNG', 'XLSX'])
  })

  test('the table of a trend says what is missing', () => {
    const rows = [...chart('trend', example('trend')).querySelectorAll('tbody tr')].map((row) =>
      [...row.children].map((cell) => cell.textContent),
    )
    expect(rows).toEqual([
      ['2021-01', '41,210 条', '40,100 条'],
      ['2021-02', '39,876 条', 'not enough data'],
      ['2021-03', '48,210 条', 'not enough data'],
    ])
  })

  test('outliers are named below and lead to their file', () => {
    const link = chart('distribution', example('distribution')).querySelector('.lx-outliers a')
    expect([link?.textContent, link?.getAttribute('href')]).toEqual(['鑫源商店', '/retailers/7/'])
  })

  test('a spark line needs no canvas', () => {
    expect(chart('spark', example('spark')).querySelector('svg path')?.getAttribute('d')).toBe('M3.0 21.0M93.0 3.0')
  })

  test.each([
    ['trend', '{"kind":"trend"}', 'title is not a text'],
    ['trend', 'no JSON', 'the payload is not JSON'],
    ['bars', '{"kind":"trend"}', 'title is not a text'],
    ['pie', '{}', 'kind is pie'],
  ])('a fault of %s is shown in its place: %s', (kind, payload, fault) => {
    const host = chart(kind, payload)
    expect(host.querySelector('[role=alert]')?.textContent).toBe(`This picture cannot be drawn ${fault}`)
  })

  test('moved within the page it does not start over', () => {
    const host = chart('trend', example('trend'))
    const figure = host.querySelector('figure')
    const elsewhere = document.createElement('div')
    document.body.append(elsewhere)
    elsewhere.append(host)
    expect(host.querySelector('figure')).toBe(figure)
  })
})

test('a spark line of nothing is nothing', () => {
  expect(sparkPath([null, null])).toBeNull()
  expect(sparkPath([4])).toEqual({ d: 'M3.0 12.0', x: 3, y: 12 })
})

describe('<lx-map>', () => {
  const map = (attributes: string, payload = ''): HTMLElement =>
    shown(`<lx-map ${attributes}>${payload === '' ? '' : `<script type="application/json">${payload}</script>`}</lx-map>`)

  test('without WebGL it is a list, those farthest below first, with a legend in words and signs', async () => {
    vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null)
    const host = map('', example('map'))
    await vi.waitFor(() => expect(host.querySelectorAll('.lx-maplist li')).toHaveLength(2))
    expect([...host.querySelectorAll('.lx-maplist a')].map((link) => link.getAttribute('href'))).toEqual(['/retailers/13/', '/retailers/11/'])
    expect(host.querySelector('.lx-legend')?.textContent).toBe('falls −20.0%−−−−·+++++20.0% growsnot enough data')
    expect(host.querySelector('.lx-chartbelow')?.textContent).toContain('1 retailers without coordinates are not on the map')
  })

  test('without places it says what to do', async () => {
    const given = JSON.parse(example('map')) as { points: { longitude: number[]; latitude: number[] } }
    given.points.longitude.fill(0)
    given.points.latitude.fill(0)
    const host = map('', JSON.stringify(given))
    await vi.waitFor(() => expect(host.textContent).toContain('import or add them first'))
  })

  test('it fetches its payload from its own server only', async () => {
    vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null)
    const answer = vi.fn((_url: URL) => Promise.resolve(new Response(example('map'))))
    vi.stubGlobal('fetch', answer)
    const own = map('src="/market/map.json"')
    await vi.waitFor(() => expect(own.querySelector('.lx-maplist')).not.toBeNull())
    const other = map('src="https://elsewhere.example/map.json"')
    await vi.waitFor(() => expect(other.querySelector('[role=alert]')?.textContent).toContain('another server'))
    expect(answer).toHaveBeenCalledTimes(1)
  })

  test.each([
    [() => Promise.resolve(new Response('', { status: 403 })), 'the server answered 403'],
    [() => Promise.reject(new TypeError('offline')), 'the server could not be reached'],
    [() => Promise.resolve(new Response('{}')), 'title is not a text'],
  ])('a fault of the fetch is shown in its place', async (answer, fault) => {
    vi.stubGlobal('fetch', answer)
    const host = map('src="/market/map.json"')
    await vi.waitFor(() => expect(host.querySelector('[role=alert]')?.textContent).toContain(fault))
  })
})

describe('<lx-panel>', () => {
  test('opens, closes on Esc, and gives the focus back', () => {
    const panel = shown('<lx-panel data-close="Close" data-loading="Loading" data-failed="Failed"></lx-panel>') as PanelElement
    const figure = document.createElement('a')
    figure.href = '/why/'
    document.body.append(figure)
    const body = panel.open(figure)
    expect(body?.textContent).toBe('Loading')
    expect(panel.querySelector('dialog')?.open).toBe(true)
    expect(figure.classList.contains('lx-opened')).toBe(true)
    panel.failed()
    expect(body?.querySelector('[role=alert]')?.textContent).toBe('Failed')
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))
    expect(panel.querySelector('dialog')?.open).toBe(false)
    expect(document.activeElement).toBe(figure)
    expect(figure.classList.contains('lx-opened')).toBe(false)
  })
})

describe('words beside a point', () => {
  const text = 'Li Ying 45,475 → 12 of 15'

  test('stand where there is room, and never over the axis', () => {
    expect(besidePoint(text, 1, [0, 10], 600)).toEqual({ position: 'right' })
    expect(besidePoint(text, 9, [0, 10], 600)).toEqual({ position: 'left' })
    expect(besidePoint(text, 6, [0, 10], 280)).toEqual({ position: 'top', align: 'right', width: 126, overflow: 'break' })
    expect(besidePoint(text, 3, [3, 3], 280)).toEqual({ position: 'top', align: 'right', width: 105, overflow: 'break' })
  })

  test('every bar of a structure keeps its name', () => {
    const measure = { title: 'Units', unit: '', format: 'number', decimals: 0 } as const
    const chart = { kind: 'structure', title: 't', note: '', measure, categories: ['a year before', 'this period'], series: [], stacked_as: 'share' } as const
    const around = { theme: { parts: [] }, language: 'en', width: 390 } as unknown as Parameters<typeof optionOf>[1]
    const { xAxis } = optionOf(chart, around) as unknown as { xAxis: { axisLabel: Record<string, unknown> } }
    expect(xAxis.axisLabel['interval']).toBe(0)
    expect(xAxis.axisLabel['hideOverlap']).toBeUndefined()
  })

  test('days make way for one another, and every part is named with its sum', () => {
    const measure = { title: 'Visits', unit: '', format: 'number', decimals: 0 } as const
    const series = [
      { name: 'made', role: 'part', values: [9, 8] },
      { name: 'not made', role: 'part', values: [1, 0] },
      { name: 'excused', role: 'part', values: [0, null] },
    ] as const
    const chart = { kind: 'structure', title: 't', note: '', measure, categories: ['12-06', '12-07'], series, stacked_as: 'sum' } as const
    const around = { theme: { parts: [] }, language: 'en', width: 390 } as unknown as Parameters<typeof optionOf>[1]
    const { xAxis } = optionOf(chart, around) as unknown as { xAxis: { axisLabel: Record<string, unknown> } }
    expect(xAxis.axisLabel['hideOverlap']).toBe(true)
    expect(partLabels(chart, 'en').map(({ name, value }) => [name, value])).toEqual([
      ['made 17', 17],
      ['not made 1', 1],
      ['excused 0', 0],
    ])
    expect(partLabels({ ...chart, stacked_as: 'share' }, 'en').map(({ name }) => name)).toEqual(['made 100%', 'not made 0%', 'excused 0%'])
  })
})
