import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AtRule, Plugin, Rule } from 'postcss'

const ATTRIBUTE_THEMES = /\[data-(bs-)?(navbar-)?theme/
const DARK_CLASS = /^\.theme-dark\b/

/**
 * Tabler turns dark by a class that a script would have to set, which flashes white first. We move its dark rules into a
 * media query: no script, no flash, and print stays light.
 */
export function darkFollowsSystem(): Plugin {
  return {
    postcssPlugin: 'lianxin-dark-follows-system',
    OnceExit(root, { AtRule: NewAtRule }) {
      root.walkRules((rule) => {
        if (!rule.selector.includes('theme')) return
        const dark = rule.selectors.filter((selector) => DARK_CLASS.test(selector))
        const light = rule.selectors.filter((selector) => !DARK_CLASS.test(selector) && !ATTRIBUTE_THEMES.test(selector))
        if (dark.length > 0) {
          const inDark = rule.clone({ selectors: dark.map((selector) => selector.replace(DARK_CLASS, ':root')) })
          const query: AtRule = new NewAtRule({ name: 'media', params: 'screen and (prefers-color-scheme: dark)' })
          query.append(inDark)
          rule.after(query)
        }
        if (light.length > 0) rule.selectors = light
        else if (dark.length > 0 || rule.selectors.every((selector) => ATTRIBUTE_THEMES.test(selector))) rule.remove()
      })
    },
  }
}

const WORD = /[A-Za-z0-9_-]+/g
const READ = /\.(html|py|ts|js|mjs)$/

function wordsIn(folder: string, found: Set<string>): Set<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (entry.name !== 'static' && entry.name !== '__pycache__') wordsIn(path, found)
    } else if (READ.test(entry.name)) {
      for (const [word] of readFileSync(path, 'utf8').matchAll(WORD)) found.add(word)
    }
  }
  return found
}

/** Our own classes, and those that libraries set by script, so that no template names them. */
const NOT_TABLERS = /^(lx-|htmx-|maplibregl-)/
const CLASS = /\.((?:\\.|[A-Za-z0-9_-])+)/g

/**
 * Tabler's stylesheet is 640 kB; we use a tenth. A rule stays if every class it names is written somewhere in our templates,
 * Python or TypeScript, so class names must be written whole, never glued together.
 */
export function onlyUsedClasses(folders: readonly string[]): Plugin {
  return {
    postcssPlugin: 'lianxin-only-used-classes',
    OnceExit(root) {
      const words = new Set<string>()
      for (const folder of folders) wordsIn(folder, words)
      const used = (selector: string): boolean =>
        [...selector.replace(/:not\([^)]*\)/g, '').matchAll(CLASS)].every(([, name]) => {
          const plain = (name ?? '').replaceAll('\\', '')
          return words.has(plain) || NOT_TABLERS.test(plain)
        })
      root.walkRules((rule: Rule) => {
        if (rule.parent?.type === 'atrule' && (rule.parent as AtRule).name.endsWith('keyframes')) return
        const kept = rule.selectors.filter(used)
        if (kept.length === 0) rule.remove()
        else if (kept.length < rule.selectors.length) rule.selectors = kept
      })
      root.walkAtRules((rule) => {
        if (rule.nodes?.length === 0) rule.remove()
      })
    },
  }
}
