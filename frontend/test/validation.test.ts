import { describe, expect, test } from 'vitest'
import { list, nullable, number, object, oneOf, pair, parsed, string } from '../src/lib/validation'

describe('validators say where the fault is', () => {
  const shop = object({ name: string, months: list(nullable(number)), kind: oneOf('big', 'small'), at: pair(number, number) })
  const good = { name: '甲', months: [1, null], kind: 'big', at: [118.4, 31.3] }

  test('a good value comes through without what was not asked for', () => {
    expect(shop({ ...good, more: 1 })).toEqual({ ok: true, value: good })
  })

  test.each([
    [{ ...good, name: 3 }, 'name is not a text'],
    [{ ...good, months: [1, '2'] }, 'months[1] is not a number'],
    [{ ...good, months: [Number.NaN] }, 'months[0] is not a number'],
    [{ ...good, months: 3 }, 'months is not a list'],
    [{ ...good, kind: 'huge' }, 'kind is none of big, small'],
    [{ ...good, at: [1] }, 'at is not a pair'],
    [{ ...good, at: [1, null] }, 'at[1] is not a number'],
    [null, 'the payload is not an object'],
    [[], 'the payload is not an object'],
  ])('%j', (given, fault) => {
    expect(shop(given)).toEqual({ ok: false, fault })
  })

  test('a list can be too short', () => {
    expect(list(number, 2)([1], 'edges')).toEqual({ ok: false, fault: 'edges has 1 entries, needs 2' })
  })

  test('text that is no JSON', () => {
    expect(parsed('{', shop)).toEqual({ ok: false, fault: 'the payload is not JSON' })
  })

  test('inherited names are no fields', () => {
    expect(object({ toString: string })({})).toEqual({ ok: false, fault: 'toString is not a text' })
  })
})
