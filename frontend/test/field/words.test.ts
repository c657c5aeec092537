import { expect, test } from 'vitest'
import { en } from '../../src/field/words/en'
import { wordsIn } from '../../src/field/words/index'
import { zh } from '../../src/field/words/zh'
import { filesOf } from '../../build/shell.ts'

type Tree = { readonly [key: string]: unknown }

function texts(tree: unknown, path = ''): readonly (readonly [string, string])[] {
  if (typeof tree === 'string') return [[path, tree]]
  if (typeof tree === 'function') return [[path, String(tree(1, 2, 3))]]
  return typeof tree === 'object' && tree !== null ? Object.entries(tree as Tree).flatMap(([key, value]) => texts(value, `${path}.${key}`)) : []
}

test('both languages say everything, each in its own signs', () => {
  expect(texts(en).map(([path]) => path)).toEqual(texts(zh).map(([path]) => path))
  expect(texts(en).filter(([, text]) => /\p{Script=Han}/u.test(text) || text === '')).toEqual([])
  expect(texts(zh).filter(([, text]) => !/\p{Script=Han}|^[\d\s/KB.–：-]+$/u.test(text))).toEqual([])
})

test('the language is chosen by its tag', () => {
  expect([wordsIn('zh-hant').loading, wordsIn('zh-TW').loading]).toEqual(['正在開啟……', '正在開啟……'])
  expect([wordsIn('en-GB').app, wordsIn('zh-hans').app, wordsIn('').app]).toEqual([en.app, zh.app, zh.app])
})

test('the shell is what the entry imports at once; the rest comes later', () => {
  const chunk = (imports: readonly string[], dynamicImports: readonly string[] = [], css: readonly string[] = []) =>
    ({ type: 'chunk', name: '', imports, dynamicImports, viteMetadata: { importedCss: new Set(css) } }) as const
  const bundle = { 'a.js': chunk(['b.js'], ['c.js'], ['a.css']), 'b.js': chunk(['a.js']), 'c.js': chunk(['b.js'], [], ['c.css']), 'd.js': chunk([]) }
  expect(filesOf(bundle, 'a.js')).toEqual({ shell: ['a.css', 'a.js', 'b.js'], later: ['c.css', 'c.js'] })
})
