import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

/**
 * Lay a .gz beside every text file of the build; WhiteNoise sends it to browsers that take it.
 * Read back from disk: Vite still fills in placeholders after every plugin has seen the bundle.
 */
export function compressed(): Plugin {
  return {
    name: 'lianxin:compressed',
    apply: 'build',
    enforce: 'post',
    writeBundle(options, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!/\.(js|mjs|css|svg)$/.test(name)) continue
        const path = resolve(options.dir ?? '.', name)
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }))
      }
    },
  }
}
