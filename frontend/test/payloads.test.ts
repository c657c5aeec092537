import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as payloads from '../src/lib/payloads'
import { parsed, type Validator } from '../src/lib/validation'

/* The examples are printed by Python (tests/contract/test_payloads.py): the two sides cannot drift. */

const folder = join(import.meta.dirname, '../../tests/contract/payloads')
const example = (kind: string): string => readFileSync(join(folder, `${kind}.json`), 'utf8')

const validators: Readonly<Record<string, Validator<unknown>>> = {
  ...payloads.charts,
  spark: payloads.spark,
  map: payloads.map,
}

describe('the contract with lianxin.ui.pictures', () => {
  test('every example has a validator and the other way round', () => {
    const kinds = readdirSync(folder).map((name) => name.replace('.json', ''))
    expect(kinds.sort()).toEqual(Object.keys(validators).sort())
  })

  test.each(Object.keys(validators))('%s passes and keeps every key', (kind) => {
    const validator = validators[kind]
    expect(validator).toBeDefined()
    const result = parsed(example(kind), validator as Validator<unknown>)
    expect(result).toEqual({ ok: true, value: JSON.parse(example(kind)) })
  })

  test.each(Object.keys(validators))('%s without one of its keys is refused by that name', (kind) => {
    const whole: Record<string, unknown> = JSON.parse(example(kind)) as Record<string, unknown>
    for (const key of Object.keys(whole)) {
      const rest = Object.fromEntries(Object.entries(whole).filter(([name]) => name !== key))
      const result = (validators[kind] as Validator<unknown>)(rest)
      expect(result.ok, `${kind} without ${key}`).toBe(false)
      expect(result.ok ? '' : result.fault).toContain(key)
    }
  })
})

describe('what the shape alone does not tell', () => {
  const changed = (kind: string, change: (given: Record<string, unknown>) => void): unknown => {
    const given = JSON.parse(example(kind)) as Record<string, unknown>
    change(given)
    return given
  }

  test('a series as long as the months', () => {
    const given = changed('trend', ({ series }) => (series as { values: number[] }[])[0]?.values.pop())
    expect(payloads.trend(given)).toEqual({ ok: false, fault: '2021 has 2 values, needs 3' })
  })

  test('one edge more than counts', () => {
    const given = changed('distribution', ({ edges }) => (edges as number[]).pop())
    expect(payloads.distribution(given)).toEqual({ ok: false, fault: 'edges has 2 values, needs 3' })
  })

  test('no more than five colours', () => {
    const given = changed('structure', ({ series }) => {
      const all = series as unknown[]
      all.push(all[0])
    })
    expect(payloads.structure(given)).toEqual({ ok: false, fault: '6 parts are more than five colours can tell apart' })
  })

  test('columns of the map of one length', () => {
    const given = changed('map', ({ points }) => (points as { name: string[] }).name.pop())
    expect(payloads.map(given)).toEqual({ ok: false, fault: 'name has 2 values, needs 3' })
  })
})
