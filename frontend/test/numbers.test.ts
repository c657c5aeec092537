import { describe, expect, test } from 'vitest'
import { axisName, monthTick, onAxis, withUnit, written } from '../src/lib/numbers'
import type { Measure } from '../src/lib/payloads'

const measure = (more: Partial<Measure>): Measure => ({ title: 'Sold', unit: '条', format: 'number', decimals: 0, ...more })

describe('numbers look as the server writes them', () => {
  test.each([
    [48_210, measure({}), '48,210'],
    [-6, measure({}), '−6'],
    [0.31, measure({ format: 'share', decimals: 1 }), '31.0%'],
    [0.032, measure({ format: 'change', decimals: 1 }), '+3.2%'],
    [-0.061, measure({ format: 'change', decimals: 1 }), '−6.1%'],
    [0, measure({ format: 'change', decimals: 1 }), '0.0%'],
    [1234.5, measure({ format: 'money', unit: '¥', decimals: 2 }), '¥1,234.50'],
    [-3, measure({ format: 'money', unit: '¥', decimals: 2 }), '−¥3.00'],
  ])('%d', (value, given, expected) => {
    expect(written(value, given, 'zh-Hans')).toBe(expected)
  })

  test('the unit follows where the number stands alone', () => {
    expect(withUnit(12, measure({}), 'en')).toBe('12 条')
    expect(withUnit(0.5, measure({ format: 'share' }), 'en')).toBe('50%')
    expect(withUnit(5, measure({ format: 'money', unit: '¥' }), 'en')).toBe('¥5')
  })

  test('ticks are short', () => {
    expect(onAxis(48_000, measure({}), 'zh-Hans')).toBe('4.8万')
    expect(onAxis(48_000, measure({}), 'en')).toBe('48K')
    expect(onAxis(9_999, measure({}), 'en')).toBe('9,999')
    expect(onAxis(-0.2, measure({ format: 'change' }), 'en')).toBe('−20%')
    expect(onAxis(0.2, measure({ format: 'change' }), 'en')).toBe('+20%')
    expect(onAxis(0.2, measure({ format: 'share' }), 'en')).toBe('20%')
  })

  test('the axis names its unit', () => {
    expect(axisName(measure({}))).toBe('Sold (条)')
    expect(axisName(measure({ format: 'change', unit: '' }))).toBe('Sold (%)')
    expect(axisName(measure({ unit: '' }))).toBe('Sold')
  })

  test('the year stands under January and under the first month', () => {
    expect(monthTick('2021-12', false, 'zh-Hans')).toBe('12月')
    expect(monthTick('2021-12', true, 'zh-Hans')).toBe('12月\n2021')
    expect(monthTick('2021-01', false, 'en')).toBe('Jan\n2021')
    expect(monthTick('soon', false, 'en')).toBe('soon')
  })
})
