import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { map as validator, type TerritoryMap } from '../src/lib/payloads'
import { spots, stepOf, territories, thresholds } from '../src/lib/territories'
import { position, step } from '../src/lib/scale'
import { parsed } from '../src/lib/validation'

function example(): TerritoryMap {
  const read = parsed(readFileSync(join(import.meta.dirname, '../../tests/contract/payloads/map.json'), 'utf8'), validator)
  if (!read.ok) throw new Error(read.fault)
  return read.value
}

describe('territories', () => {
  test('a retailer without coordinates is left out', () => {
    expect(spots(example()).map((spot) => spot.index)).toEqual([0, 1])
  })

  test('the figure of a territory is the mean by weight of those that have one', () => {
    const map = example()
    expect(territories(map, spots(map))).toEqual([{ name: '周一帆', outline: null, top: [118.5, 31.4], n: 2, value: 0.12 }])
  })

  test('weights make the mean of ratios the ratio of sums', () => {
    const map = example()
    const both = { ...map, points: { ...map.points, value: [0.12, 0.02, null] } }
    expect(territories(both, spots(both))[0]?.value).toBeCloseTo((0.12 * 40 + 0.02 * 60) / 100, 12)
  })

  test('a territory where nobody has a figure has none either', () => {
    const map = example()
    const none = { ...map, points: { ...map.points, value: [null, null, null] } }
    expect(territories(none, spots(none))[0]?.value).toBeNull()
  })

  test('where less is better the colours are turned round', () => {
    const map = example()
    expect([stepOf(map, -0.3), stepOf(map, 0), stepOf(map, 0.3), stepOf(map, null)]).toEqual([0, 3, 6, null])
    expect(stepOf({ ...map, good: 'down' }, -0.3)).toBe(6)
  })

  test('thresholds part the values as the steps do', () => {
    const map = example()
    const edges = thresholds(map)
    for (let value = -0.25; value <= 0.25; value += 0.0123) {
      const byEdges = edges.filter((edge) => value >= edge).length
      expect(step(position(value, map.scale.low, map.scale.middle, map.scale.high))).toBe(byEdges)
    }
  })
})
