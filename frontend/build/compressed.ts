import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

/** Lay a .gz beside every text file of the build; WhiteNoise sends it to browsers that take it. */
export function compressed(): Plugin {
  return {
    name: 'lianxin:compressed',
    apply: 'build',
    enforce: 'post',
    generateBundle(_options, bundle) {
      for (const [name, file] of Object.entries(bundle)) {
        if (!/\.(js|mjs|css|svg)$/.test(name)) continue
        const source = file.type === 'chunk' ? file.code : file.source
        this.emitFile({ type: 'asset', fileName: `${name}.gz`, source: gzipSync(source, { level: 9 }) })
      }
    },
  }
}
