import { describe, expect, test } from 'vitest'
import { bounds, core, hull, isPlace, type Place } from '../src/lib/geo'
import { position, step } from '../src/lib/scale'

const square: readonly Place[] = [
  [0, 0],
  [2, 0],
  [2, 2],
  [0, 2],
]

/** Whether the place is inside or on a counter-clockwise ring. */
const inside = (ring: readonly Place[], [x, y]: Place): boolean =>
  ring.slice(1).every(([bx, by], index) => {
    const [ax, ay] = ring[index] ?? [0, 0]
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax) >= -1e-9
  })

describe('outlines', () => {
  test('the hull is closed and leaves inner places out', () => {
    expect(hull([...square, [1, 1], [1, 0]])).toEqual([...square, [0, 0]])
  })

  test('two places, or many on one line, have none', () => {
    expect(hull([[0, 0], [1, 1]])).toBeNull()
    expect(hull([[0, 0], [1, 1], [2, 2], [3, 3]])).toBeNull()
    expect(hull([])).toBeNull()
  })

  test('every place is inside its hull', () => {
    const places = Array.from({ length: 300 }, (_, index): Place => [Math.sin(index * 12.9) * 3, Math.cos(index * 78.2) * 2])
    const ring = hull(places)
    expect(ring).not.toBeNull()
    expect(places.every((place) => inside(ring ?? [], place))).toBe(true)
  })

  test('one far shop does not stretch a territory', () => {
    const near = Array.from({ length: 30 }, (_, index): Place => [Math.sin(index), Math.cos(index)])
    const ring = core([...near, [90, 60]]) ?? []
    expect(Math.max(...ring.map(([x]) => x))).toBeLessThanOrEqual(1)
  })

  test('the extent', () => {
    expect(bounds(square)).toEqual([0, 0, 2, 2])
    expect(bounds([])).toBeNull()
  })

  test.each([
    [118.4, 31.3, true],
    [0, 0, false],
    [0, 51, true],
    [181, 0, false],
    [10, 89, false],
  ])('%d, %d is a place: %s', (x, y, expected) => {
    expect(isPlace(x, y)).toBe(expected)
  })
})

describe('the diverging scale', () => {
  test.each([
    [-0.2, 0],
    [-0.5, 0],
    [-0.1, 2],
    [0, 3],
    [0.03, 3],
    [0.14, 5],
    [0.9, 6],
  ])('%d stands on step %d', (value, expected) => {
    expect(step(position(value, -0.2, 0, 0.2))).toBe(expected)
  })

  test('a scale without width has one step', () => {
    expect(position(5, 3, 3, 3)).toBe(0)
  })
})
