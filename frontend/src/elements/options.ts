import type { EChartsCoreOption } from 'echarts/core'
import { axisName, monthTick, onAxis, withUnit } from '../lib/numbers'
import type { Bars, Chart, Curve, Distribution, Measure, Structure, Trend } from '../lib/payloads'
import { wordsFor } from '../lib/words'
import type { Theme } from './theme'

interface Surroundings {
  readonly theme: Theme
  readonly language: string
  readonly width: number
}

type Row = Readonly<Record<string, unknown>>

const widest = (texts: readonly string[], size: number): number =>
  Math.max(0, ...texts.map((text) => [...text].reduce((sum, sign) => sum + (sign > '\u2e7f' ? size : size * 0.58), 0)))

function valueAxis(measure: Measure, { theme, language }: Surroundings, more: Row = {}): Row {
  return {
    type: 'value',
    name: axisName(measure),
    nameTextStyle: { color: theme.quiet, align: 'left', padding: [0, 0, 4, -36] },
    axisLabel: { color: theme.quiet, hideOverlap: true, formatter: (value: number) => onAxis(value, measure, language) },
    splitLine: { lineStyle: { color: theme.line } },
    axisLine: { show: false },
    axisTick: { show: false },
    ...more,
  }
}

function shared({ theme }: Surroundings, title: string): Row {
  return {
    animation: false,
    aria: { enabled: true, label: { description: title } },
    textStyle: { fontFamily: theme.font, color: theme.ink, fontSize: 12 },
    tooltip: {
      trigger: 'axis',
      // Drawn on the canvas: no markup is made from names, and no style attribute is needed.
      renderMode: 'richText',
      confine: true,
      backgroundColor: theme.surface,
      borderColor: theme.line,
      textStyle: { color: theme.ink, fontSize: 12, fontFamily: theme.font },
    },
  }
}

function shown(measure: Measure, language: string): (value: unknown) => string {
  const words = wordsFor(language)
  return (value) => (typeof value === 'number' ? withUnit(value, measure, language) : words.missing)
}

function trend(chart: Trend, around: Surroundings): EChartsCoreOption {
  const { theme, language } = around
  const lines = { now: theme.blue, last_year: theme.quiet, group: theme.parts[3], target: theme.orange, part: theme.parts[1] }
  const right = Math.min(around.width * 0.3, widest(chart.series.map((one) => one.name), 12) + 14)
  return {
    ...shared(around, chart.title),
    grid: { left: 8, right, top: 30, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: {
      type: 'category',
      data: chart.months,
      boundaryGap: false,
      axisLine: { lineStyle: { color: theme.quiet } },
      axisTick: { show: false },
      axisLabel: { color: theme.quiet, hideOverlap: true, formatter: (month: string, index: number) => monthTick(month, index === 0, language) },
    },
    yAxis: valueAxis(chart.measure, around, chart.from_zero ? {} : { scale: true }),
    series: chart.series.map((one) => {
      const color = lines[one.role]
      const isMain = one.role === 'now'
      return {
        type: 'line',
        name: one.name,
        data: one.values,
        connectNulls: false,
        showSymbol: one.values.filter((value) => value !== null).length < 3,
        symbolSize: 5,
        z: isMain ? 3 : 2,
        lineStyle: { color, width: isMain ? 2.5 : 1.25, type: one.role === 'target' ? 'dashed' : 'solid' },
        itemStyle: { color },
        endLabel: { show: true, formatter: one.name, color: isMain ? theme.ink : color, fontWeight: isMain ? 600 : 400, distance: 6 },
        labelLayout: { moveOverlap: 'shiftY' },
        tooltip: { valueFormatter: shown(chart.measure, language) },
      }
    }),
  }
}

function structure(chart: Structure, around: Surroundings): EChartsCoreOption {
  const { theme, language } = around
  const totals = chart.categories.map((_, index) => chart.series.reduce((sum, one) => sum + Math.max(0, one.values[index] ?? 0), 0))
  const asShare = chart.stacked_as === 'share'
  const share: Measure = { title: chart.measure.title, unit: '', format: 'share', decimals: 1 }
  const measure = asShare ? share : chart.measure
  const right = Math.min(around.width * 0.42, widest(partLabels(chart, language).map((one) => one.name), 12) + 32)
  const areDays = chart.categories.every((name) => /^\d{2}-\d{2}$/.test(name))
  const areMonths = chart.categories.every((name) => /^\d{4}-\d{2}$/.test(name))
  return {
    ...shared(around, chart.title),
    grid: { left: 8, right, top: 30, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: {
      type: 'category',
      data: chart.categories,
      axisLine: { lineStyle: { color: theme.quiet } },
      axisTick: { show: false },
      axisLabel: areMonths
        ? { color: theme.quiet, hideOverlap: true, formatter: (name: string, index: number) => monthTick(name, index === 0, language) }
        : areDays
          ? { color: theme.quiet, hideOverlap: true }
          : // Every bar keeps its name; a long one breaks into lines.
            { color: theme.quiet, interval: 0, overflow: 'break', width: Math.max(48, (around.width - right - 56) / chart.categories.length) },
    },
    yAxis: valueAxis(measure, around, asShare ? { max: 1 } : {}),
    series: chart.series.map((one, index) => ({
      type: 'bar',
      stack: 'whole',
      name: one.name,
      barCategoryGap: '28%',
      itemStyle: { color: theme.parts[index], borderColor: theme.surface, borderWidth: 1 },
      data: one.values.map((value, at) => (value === null ? null : asShare ? value / (totals[at] || 1) : value)),
      tooltip: { valueFormatter: shown(measure, language) },
    })),
  }
}

/** Where the names of the parts stand: beside the last bar, pushed apart where they would touch.
 *
 * Shares tell what part of the last bar each is, sums how much each is in all bars. */
export function partLabels(chart: Structure, language: string): readonly { name: string; middle: number; value: number }[] {
  const last = chart.categories.length - 1
  const values = chart.series.map((one) => Math.max(0, one.values[last] ?? 0))
  const total = values.reduce((sum, value) => sum + value, 0) || 1
  const asShare = chart.stacked_as === 'share'
  const scale = asShare ? total : 1
  let below = 0
  return chart.series.map((one, index) => {
    const value = values[index] ?? 0
    const middle = (below + value / 2) / scale
    below += value
    const percent = new Intl.NumberFormat(language, { style: 'percent' }).format(value / total)
    const whole = one.values.reduce<number>((sum, each) => sum + Math.max(0, each ?? 0), 0)
    return asShare ? { name: `${one.name} ${percent}`, middle, value } : { name: `${one.name} ${shown(chart.measure, language)(whole)}`, middle, value: whole }
  })
}

function distribution(chart: Distribution, around: Surroundings): EChartsCoreOption {
  const { theme, language } = around
  const words = wordsFor(language)
  const count: Measure = { title: chart.count_title, unit: '', format: 'number', decimals: 0 }
  const of = shown(chart.measure, language)
  return {
    ...shared(around, chart.title),
    tooltip: {
      ...(shared(around, chart.title)['tooltip'] as Row),
      trigger: 'item',
      formatter: ({ dataIndex }: { dataIndex: number }) =>
        `${of(chart.edges[dataIndex])} – ${of(chart.edges[dataIndex + 1])}\n${chart.count_title} ${chart.counts[dataIndex] ?? words.missing}`,
    },
    grid: { left: 8, right: 16, top: 44, bottom: 22, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: valueAxis(chart.measure, around, {
      min: chart.edges[0],
      max: chart.edges.at(-1),
      nameLocation: 'middle',
      nameGap: 26,
      nameTextStyle: { color: theme.quiet },
      splitLine: { show: false },
      axisLine: { show: true, onZero: false, lineStyle: { color: theme.quiet } },
    }),
    yAxis: valueAxis(count, around, { minInterval: 1 }),
    series: [
      {
        type: 'custom',
        data: chart.counts.map((n, index) => [chart.edges[index] ?? 0, chart.edges[index + 1] ?? 0, n]),
        encode: { x: [0, 1], y: 2 },
        renderItem: (_params: unknown, api: { value: (index: number) => number; coord: (at: readonly number[]) => readonly number[] }) => {
          const [left = 0, top = 0] = api.coord([api.value(0), api.value(2)])
          const [end = 0, bottom = 0] = api.coord([api.value(1), 0])
          return {
            type: 'rect',
            shape: { x: left + 0.5, y: top, width: Math.max(1, end - left - 1), height: bottom - top },
            style: { fill: theme.blue },
          }
        },
        markLine: {
          symbol: 'none',
          silent: true,
          animation: false,
          lineStyle: { color: theme.orange, width: 1.5, type: 'solid' },
          label: { color: theme.ink, formatter: ({ name }: { name: string }) => name },
          data: chart.marks.map(({ name, at }) => ({ name: `${name} ${of(at)}`, xAxis: at })),
        },
      },
    ],
  }
}

function bars(chart: Bars, around: Surroundings): EChartsCoreOption {
  const { theme, language } = around
  const of = shown(chart.measure, language)
  const colour = (value: number | null): string => {
    if (value === null || chart.good === 'none' || value === 0) return theme.blue
    return value > 0 === (chart.good === 'up') ? theme.blue : theme.orange
  }
  const right = widest(chart.items.map((item) => of(item.value)), 12) + 12
  return {
    ...shared(around, chart.title),
    tooltip: { ...(shared(around, chart.title)['tooltip'] as Row), trigger: 'axis', axisPointer: { type: 'shadow' } },
    grid: { left: 8, right, top: chart.reference === null ? 8 : 26, bottom: 22, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: valueAxis(chart.measure, around, {
      nameLocation: 'middle',
      nameGap: 26,
      nameTextStyle: { color: theme.quiet },
      splitNumber: around.width < 420 ? 3 : 5,
      // Room for the number left of a falling bar.
      boundaryGap: [chart.items.some((item) => (item.value ?? 0) < 0) ? '18%' : 0, 0],
    }),
    yAxis: {
      type: 'category',
      inverse: true,
      data: chart.items.map((item) => item.name),
      axisTick: { show: false },
      axisLine: { show: true, onZero: true, lineStyle: { color: theme.quiet } },
      axisLabel: { color: theme.ink, width: Math.max(72, around.width * 0.28), overflow: 'truncate' },
    },
    series: [
      {
        type: 'bar',
        name: chart.measure.title,
        barMaxWidth: 18,
        data: chart.items.map(({ value }) => ({
          value: value ?? 0,
          itemStyle: { color: colour(value) },
          label: {
            show: true,
            position: value !== null && value < 0 ? 'left' : 'right',
            color: value === null ? theme.quiet : theme.ink,
            formatter: of(value),
          },
        })),
        tooltip: { valueFormatter: (_value: unknown, index: number) => of(chart.items[index]?.value) },
        markLine:
          chart.reference === null
            ? undefined
            : {
                symbol: 'none',
                silent: true,
                lineStyle: { color: theme.quiet, type: 'dashed' },
                label: { color: theme.quiet, formatter: `${chart.reference.name} ${of(chart.reference.value)}`, position: 'start', distance: 4 },
                data: [{ xAxis: chart.reference.value }],
              },
      },
    ],
  }
}

/** Where the words of a point stand: on the side with room for them, else above, turned away from the nearer edge. */
export function besidePoint(text: string, x: number, xs: readonly number[], width: number): Row {
  const [low, high] = [Math.min(...xs), Math.max(...xs)]
  const along = high === low ? 0.5 : (x - low) / (high - low)
  // About 70 points go to the numbers of the axis and the margins.
  const room = Math.max(1, width - 70)
  const wanted = widest([text], 12) + 16
  if ((1 - along) * room >= wanted) return { position: 'right' }
  if (along * room >= wanted) return { position: 'left' }
  return { position: 'top', align: along < 0.5 ? 'left' : 'right', width: Math.max(along, 1 - along) * room, overflow: 'break' }
}

function curve(chart: Curve, around: Surroundings): EChartsCoreOption {
  const { theme, language } = around
  const ofX = shown(chart.x, language)
  const ofY = shown(chart.measure, language)
  const xs = [...chart.points.map(([x]) => x), ...(chart.mark === null ? [] : [chart.mark.x])]
  const text = chart.mark === null ? '' : `${chart.mark.name} ${ofX(chart.mark.x)} → ${ofY(chart.mark.y)}`
  const beside = chart.mark === null ? {} : besidePoint(text, chart.mark.x, xs, around.width)
  return {
    ...shared(around, chart.title),
    grid: { left: 8, right: 24, top: 34, bottom: 22, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: valueAxis(chart.x, around, {
      min: Math.min(...xs),
      max: Math.max(...xs),
      nameLocation: 'middle',
      nameGap: 26,
      nameTextStyle: { color: theme.quiet },
      splitLine: { show: false },
      axisLine: { show: true, lineStyle: { color: theme.quiet } },
    }),
    yAxis: valueAxis(chart.measure, around),
    series: [
      {
        type: 'line',
        name: chart.measure.title,
        data: chart.points,
        showSymbol: false,
        lineStyle: { color: theme.blue, width: 2.5 },
        itemStyle: { color: theme.blue },
        tooltip: { valueFormatter: ofY },
      },
      ...(chart.mark === null
        ? []
        : [
            {
              type: 'scatter',
              name: chart.mark.name,
              data: [[chart.mark.x, chart.mark.y]],
              symbolSize: 13,
              z: 5,
              itemStyle: { color: theme.orange, borderColor: theme.surface, borderWidth: 2 },
              label: {
                show: true,
                ...beside,
                distance: 9,
                color: theme.ink,
                fontWeight: 600,
                formatter: text,
                textBorderColor: theme.surface,
                textBorderWidth: 3,
              },
              tooltip: { valueFormatter: ofY },
            },
          ]),
    ],
  }
}

export function optionOf(chart: Chart, around: Surroundings): EChartsCoreOption {
  switch (chart.kind) {
    case 'trend':
      return trend(chart, around)
    case 'structure':
      return structure(chart, around)
    case 'distribution':
      return distribution(chart, around)
    case 'bars':
      return bars(chart, around)
    case 'curve':
      return curve(chart, around)
  }
}
