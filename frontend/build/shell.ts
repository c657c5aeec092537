import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

/** Compressed bytes that a phone may have to fetch before the field app opens. */
export const SHELL_LIMIT = 250 * 1024

/** What stands beside the build in the shell; the server's room `field` serves it. */
const BESIDE = ['/field/manifest.webmanifest', '/static/field/icon-192.png', '/static/field/icon-512.png']

type Chunk = {
  readonly type: 'chunk'
  readonly name: string
  readonly imports: readonly string[]
  readonly dynamicImports: readonly string[]
  readonly viteMetadata?: { readonly importedCss: ReadonlySet<string> }
}
type Bundle = Readonly<Record<string, Chunk | { readonly type: 'asset' }>>

/** The files that an entry needs at once, and those that it loads on demand. */
export function filesOf(bundle: Bundle, entry: string): { readonly shell: readonly string[]; readonly later: readonly string[] } {
  const walk = (from: readonly string[], next: (chunk: Chunk) => readonly string[]): Set<string> => {
    const found = new Set<string>()
    const open = [...from]
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (found.has(name)) continue
      found.add(name)
      const chunk = bundle[name]
      if (chunk?.type !== 'chunk') continue
      open.push(...next(chunk))
    }
    return found
  }
  const css = (chunk: Chunk): readonly string[] => [...(chunk.viteMetadata?.importedCss ?? [])]
  const shell = walk([entry], (chunk) => [...chunk.imports, ...css(chunk)])
  const all = walk([entry], (chunk) => [...chunk.imports, ...chunk.dynamicImports, ...css(chunk)])
  return { shell: [...shell].sort(), later: [...all].filter((name) => !shell.has(name)).sort() }
}

/** Tell the worker which files it keeps, and fail the build when the shell grows above its limit. */
export function fieldShell(): Plugin {
  return {
    name: 'lianxin:field-shell',
    apply: 'build',
    enforce: 'post',
    writeBundle(options, bundle) {
      const folder = options.dir ?? '.'
      const named = (name: string): string => {
        const found = Object.values(bundle).find((one) => one.type === 'chunk' && one.isEntry && one.name === name)
        if (found === undefined) this.error(`there is no entry ${name}`)
        return found.fileName
      }
      const entry = named('field')
      const { shell, later } = filesOf(bundle as Bundle, entry)
      const bytes = shell.reduce((sum, name) => sum + gzipSync(readFileSync(resolve(folder, name)), { level: 9 }).length, 0)
      if (bytes > SHELL_LIMIT) this.error(`the shell of the field app is ${bytes} bytes compressed, more than ${SHELL_LIMIT}`)
      this.info(`shell of the field app: ${(bytes / 1024).toFixed(1)} KB compressed in ${shell.length} files, ${later.length} files on demand`)
      const address = (name: string): string => `/static/dist/${name}`
      const path = resolve(folder, named('worker'))
      const source = readFileSync(path, 'utf8')
      const version = createHash('sha256').update([...shell, ...later, source].join('\n')).digest('hex').slice(0, 12)
      const files = { version, entry: basename(entry), shell: [...shell.map(address), ...BESIDE], later: later.map(address) }
      writeFileSync(path, `const FIELD_FILES = ${JSON.stringify(files)};\n${source}`)
    },
  }
}
