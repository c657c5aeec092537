import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postcss, { type Plugin } from 'postcss'
import { describe, expect, test } from 'vitest'
import { darkFollowsSystem, onlyUsedClasses } from '../build/stylesheet.ts'

const through = (plugin: Plugin, css: string): string =>
  postcss([plugin]).process(css, { from: undefined }).css.replace(/\s+/g, ' ').replace('{:', '{ :').replace('}}', '} }').trim()

describe('dark follows the system', () => {
  test('dark rules move into a media query and attribute themes go', () => {
    expect(through(darkFollowsSystem(), '.theme-dark, [data-bs-theme=dark] { --x: 1 }')).toBe(
      '@media screen and (prefers-color-scheme: dark) { :root { --x: 1 } }',
    )
    expect(through(darkFollowsSystem(), '.theme-dark .a, [data-bs-theme=dark] .a { b: c }')).toContain(':root .a { b: c }')
  })

  test('light rules stay', () => {
    expect(through(darkFollowsSystem(), ':root, [data-bs-theme=light] { --x: 0 }')).toBe(':root { --x: 0 }')
    expect(through(darkFollowsSystem(), '.card { a: b }')).toBe('.card { a: b }')
  })

  test('rules that only an attribute would wake go', () => {
    expect(through(darkFollowsSystem(), '.navbar[data-bs-theme=light] { a: b }')).toBe('')
  })
})

describe('only used classes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lianxin-'))
  writeFileSync(join(folder, 'page.html'), '<div class="card btn-primary w-1/2 {{ more }}">')
  writeFileSync(join(folder, 'notes.md'), 'alert')
  const kept = (css: string): string => through(onlyUsedClasses([folder]), css)

  test('a rule stays if all its classes are written somewhere', () => {
    expect(kept('.card { a: b } .card .alert { a: b } .badge { a: b } p { a: b }')).toBe('.card { a: b } p { a: b }')
    expect(kept('.badge, .card > p { a: b }')).toBe('.card > p { a: b }')
  })

  test('classes in :not() are not asked for, our own and those of libraries always stay', () => {
    expect(kept('.card:not(.badge) { a: b }')).toBe('.card:not(.badge) { a: b }')
    expect(kept('.htmx-request { a: b } .maplibregl-map { a: b } .lx-swatch-3 { a: b }').match(/a: b/g)).toHaveLength(3)
  })

  test('key frames stay and empty media queries go', () => {
    expect(kept('@keyframes spin { from { a: b } to { a: c } }')).toContain('from')
    expect(kept('@media print { .badge { a: b } }')).toBe('')
  })
})
