import type { Measure } from './payloads'

type Notation = Pick<Measure, 'format' | 'decimals' | 'unit'>

function plain(value: number, language: string, options: Intl.NumberFormatOptions): string {
  // The same wide minus sign as in tables.
  return new Intl.NumberFormat(language, options).format(value).replace('-', '\u2212')
}

/** A value with its notation, as the server writes it too. */
export function written(value: number, notation: Notation, language: string): string {
  const { format, decimals, unit } = notation
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals }
  switch (format) {
    case 'share':
      return plain(value, language, { style: 'percent', ...digits })
    case 'change':
      return plain(value, language, { style: 'percent', signDisplay: 'exceptZero', ...digits })
    case 'money':
      return value < 0 ? `\u2212${unit}${plain(-value, language, digits)}` : `${unit}${plain(value, language, digits)}`
    case 'number':
      return plain(value, language, digits)
  }
}

/** The same with the unit after it, for a tooltip or a label that stands alone. */
export function withUnit(value: number, notation: Notation, language: string): string {
  const text = written(value, notation, language)
  return notation.format === 'number' && notation.unit !== '' ? `${text} ${notation.unit}` : text
}

/** Short, for the ticks of an axis: 4.8万, 48K, 20%. */
export function onAxis(value: number, notation: Notation, language: string): string {
  if (notation.format === 'share' || notation.format === 'change') {
    const signDisplay = notation.format === 'change' ? 'exceptZero' : 'auto'
    return plain(value, language, { style: 'percent', maximumFractionDigits: 1, signDisplay })
  }
  if (Math.abs(value) < 10_000) return plain(value, language, { maximumFractionDigits: 2 })
  return plain(value, language, { notation: 'compact', maximumFractionDigits: 1 })
}

/** The name of the axis: what it shows and in which unit. */
export function axisName(measure: Measure): string {
  const unit = measure.format === 'share' || measure.format === 'change' ? '%' : measure.unit
  return unit === '' ? measure.title : `${measure.title} (${unit})`
}

/** `2021-12` as `12月` or `Dec`, with the year in January and on the first tick. */
export function monthTick(month: string, isFirst: boolean, language: string): string {
  const date = new Date(`${month}-01T00:00:00Z`)
  if (Number.isNaN(date.getTime())) return month
  const name = new Intl.DateTimeFormat(language, { month: 'short', timeZone: 'UTC' }).format(date)
  return isFirst || month.endsWith('-01') ? `${name}\n${month.slice(0, 4)}` : name
}
