import { withUnit, written } from '../lib/numbers'
import type { Chart, Measure } from '../lib/payloads'
import { wordsFor } from '../lib/words'
import type { Grid } from './frame'

/** The numbers of a chart as a table. */
export function gridOf(chart: Chart, language: string): Grid {
  const words = wordsFor(language)
  const cell = (value: number | null | undefined, measure: Measure = chart.measure): string =>
    value === null || value === undefined ? words.missing : withUnit(value, measure, language)
  switch (chart.kind) {
    case 'trend':
      return {
        heads: [words.period, ...chart.series.map((one) => one.name)],
        rows: chart.months.map((month, index) => [
          month,
          ...chart.series.map((one) => cell(one.values[index])),
        ]),
      }
    case 'structure':
      return {
        heads: [words.category, ...chart.series.map((one) => one.name)],
        rows: chart.categories.map((name, index) => [name, ...chart.series.map((one) => cell(one.values[index]))]),
      }
    case 'distribution':
      return {
        heads: [words.from, words.to, chart.count_title],
        rows: chart.counts.map((count, index) => [
          cell(chart.edges[index]),
          cell(chart.edges[index + 1]),
          written(count, { format: 'number', decimals: 0, unit: '' }, language),
        ]),
      }
    case 'bars':
      return { heads: [words.name, chart.measure.title], rows: chart.items.map((item) => [item.name, cell(item.value)]) }
    case 'curve':
      return {
        heads: [chart.x.title, chart.measure.title],
        rows: chart.points.map(([x, y]) => [cell(x, chart.x), cell(y)]),
      }
  }
}
