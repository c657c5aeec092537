import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

/*
 * lib < api < elements < behaviours < web, and beside them the field app: lib < field/words < field/api < field/visiting < field/store <
 * field/sync < field/parts < field/screens < field/router < field/app < field. What stands lower never imports what stands higher.
 */

const src = resolve(import.meta.dirname, '../src')
const FLOORS = [
  'lib', 'api', 'elements', 'behaviours', 'web.ts',
  'field/words', 'field/api', 'field/visiting', 'field/store', 'field/sync', 'field/parts', 'field/screens', 'field/router.ts', 'field/app.ts', 'field.ts',
  'field/worker.ts',
] // prettier-ignore
/** The two faces share lib and nothing else; the worker stands alone. */
const SHARED = FLOORS.indexOf('lib')
const WEB = FLOORS.indexOf('web.ts')

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
const floorOf = (path: string): number => FLOORS.indexOf(path.split('/').slice(0, path.startsWith('field/') ? 2 : 1).join('/').replace(/^(field\/(?:router|app))$/, '$1.ts'))
const strange = (from: number, to: number): boolean => to !== SHARED && (from <= WEB) !== (to <= WEB)
const text = (name: string): string => readFileSync(join(src, name), 'utf8')

function importsOf(name: string): readonly string[] {
  const found = [...text(name).matchAll(/(?:from|import)\s*\(?\s*'(\.[^']*)'/g)].map(([, path]) => path ?? '')
  return found.filter((path) => !path.endsWith('.css')).map((path) => relative(src, resolve(join(src, name), '..', path)))
}

describe('the floors of the front end', () => {
  test('every file stands on a floor', () => {
    expect(files.filter((name) => floorOf(name) < 0)).toEqual([])
    expect(files.length).toBeGreaterThan(15)
  })

  test('imports run downwards only', () => {
    const wrong = files.flatMap((name) => importsOf(name).filter((path) => floorOf(path) > floorOf(name) || floorOf(path) < 0 || strange(floorOf(name), floorOf(path))).map((path) => `${name} -> ${path}`))
    expect(wrong).toEqual([])
  })

  test('lib knows no document and nothing but api fetches', () => {
    const knows = (pattern: RegExp, except: (name: string) => boolean): readonly string[] =>
      files.filter((name) => !except(name) && pattern.test(text(name)))
    expect(knows(/\b(document|window|HTMLElement|localStorage|sessionStorage|location)\b/, (name) => !name.startsWith('lib/'))).toEqual([])
    expect(knows(/\bfetch\(/, (name) => /^(field\/)?api\//.test(name) || name === 'field/worker.ts')).toEqual([])
  })

  test('no unknown is cast and nothing is written as markup', () => {
    expect(files.filter((name) => /JSON\.parse\(.*\) as |\bas any\b|\.innerHTML|insertAdjacentHTML|setHTML\(|\beval\(/.test(text(name)))).toEqual([])
  })

  test('the worker imports nothing and knows no word of visits', () => {
    expect(importsOf('field/worker.ts')).toEqual([])
    expect(/retailer|outbox|draft|photo|replica|verdict/i.test(text('field/worker.ts'))).toBe(false)
  })

  test('words are in the words alone', () => {
    const chinese = files.filter((name) => /^field\/(?!words\/)/.test(name) && /\p{Script=Han}/u.test(text(name).replaceAll(/简体中文|繁體中文/g, '')))
    expect(chinese).toEqual([])
  })

  test('files stay short', () => {
    expect(files.filter((name) => text(name).split('\n').length > 400)).toEqual([])
  })
})
