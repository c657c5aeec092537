import { describe, expect, test } from 'vitest'
import { delay } from '../../src/lib/backoff'
import { dayAfter, daysBetween, dayInWords, local, within } from '../../src/lib/dates'
import { isUnlikely, readFen, writtenFen } from '../../src/lib/money'
import { metresBetween, placeAnswer, sourceOf, type Fix } from '../../src/lib/position'
import { newId, uuidv7 } from '../../src/lib/uuid'

describe('ids', () => {
  test('a UUIDv7 begins with its time', () => {
    expect(uuidv7(0x0123456789ab, 0xabc, new Uint8Array([0xff, 1, 2, 3, 4, 5, 6, 7]))).toBe('01234567-89ab-7abc-bf01-020304050607')
  })

  test('ids of one page rise, also when the clock stands still or is set back', () => {
    const made = [...Array.from({ length: 5000 }, () => newId(1_700_000_000_000)), newId(1_600_000_000_000), newId(1_700_000_000_500)]
    expect(made).toEqual([...made].sort())
    expect(new Set(made).size).toBe(made.length)
    expect(made.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(true)
  })
})

describe('money', () => {
  test('an amount is read as it is written, and nothing is guessed of what is none', () => {
    expect(['260', ' 260.5 ', '260.05', '260，50', '0.01', '999999.99'].map(readFen)).toEqual([26_000, 26_050, 26_005, 26_050, 1, 99_999_999])
    expect(['', '0', '0.00', '260.', '.5', '260.555', '2 60', '-1', '1e3', '1000000', '26元'].map(readFen)).toEqual(Array(11).fill(undefined))
    expect([26_000, 26_050, 26_005].map(writtenFen)).toEqual(['260', '260.50', '260.05'])
  })

  test('a price under half the guide or over twice it is asked about', () => {
    expect([12_999, 13_000, 52_000, 52_001].map((fen) => isUnlikely(fen, 26_000))).toEqual([true, false, false, true])
  })
})

describe('days', () => {
  test('the day is that of the company, not of the phone', () => {
    const at = Date.parse('2026-11-20T17:30:00Z')
    expect(local(at, 'Asia/Shanghai')).toEqual({ day: '2026-11-21', time: '01:30' })
    expect(local(at, 'UTC')).toEqual({ day: '2026-11-20', time: '17:30' })
  })

  test('days are counted over months and leap days', () => {
    expect(dayAfter('2024-02-28', 2)).toBe('2024-03-01')
    expect(daysBetween('2025-12-31', '2026-01-02')).toBe(2)
    expect(dayInWords('2026-11-20', 'zh-hans')).toBe('11月20日周五')
    expect(dayInWords('2026-11-20', 'en')).toBe('Fri 20 Nov')
  })

  test('a span ends before its end, and none holds nothing', () => {
    expect([within('08:00', '08:00', '18:00'), within('18:00', '08:00', '18:00'), within('12:00', '', '')]).toEqual([true, false, false])
  })
})

describe('places', () => {
  const shop = { latitude: 31.35, longitude: 118.42 }
  const fix = (metresNorth: number, accuracy: number, age = 5): Fix => ({
    latitude: shop.latitude + metresNorth / 111_195,
    longitude: shop.longitude,
    accuracy_metres: accuracy,
    fix_age_seconds: age,
    source: 'gps',
    taken_at: '2026-11-20T02:00:00Z',
  })

  test('metres along the earth', () => {
    expect(metresBetween(shop, fix(150, 5))).toBeCloseTo(150, 0)
  })

  test.each([
    [fix(50, 20), 'confirmed'],
    [fix(140, 20), 'cannot_tell'],
    [fix(400, 20), 'not_confirmed'],
    [fix(400, 300), 'cannot_tell'],
    [fix(50, 20, 600), 'cannot_tell'],
    [null, 'no_fix'],
  ] as const)('%j answers %s', (given, answer) => {
    expect(placeAnswer(given, [shop], 150, 120)).toBe(answer)
  })

  test('a shop without a place cannot be told', () => {
    expect(placeAnswer(fix(0, 5), [], 150, 120)).toBe('cannot_tell')
  })

  test('the nearest known point judges, and the dated age of a fix', () => {
    const learnt = { latitude: fix(400, 5).latitude, longitude: fix(400, 5).longitude }
    expect(placeAnswer(fix(400, 5), [shop, learnt], 150, 120)).toBe('confirmed')
    expect(placeAnswer(fix(50, 20, 600), [shop], 150, 900)).toBe('confirmed')
  })

  test('the source is a guess from what the browser says', () => {
    expect([sourceOf(8, false, 1), sourceOf(900, false, 1), sourceOf(900, true, 1), sourceOf(8, true, 90)]).toEqual(['gps', 'network', 'gps', 'cached'])
  })
})

test('waits double, never above five minutes, and are spread', () => {
  expect([1, 2, 3, 4].map((failures) => delay(failures, 1))).toEqual([400, 800, 1600, 3200])
  expect(delay(60, 1)).toBe(300_000)
  expect(delay(4, 0)).toBe(800)
})
