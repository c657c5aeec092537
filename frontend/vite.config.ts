import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import { compressed } from './build/compressed.ts'
import { withoutEval } from './build/noeval.ts'
import { fieldShell } from './build/shell.ts'
import { darkFollowsSystem, onlyUsedClasses } from './build/stylesheet.ts'

const here = import.meta.dirname
const rooms = resolve(here, '../src/lianxin')

export default defineConfig({
  root: here,
  base: '/static/dist/',
  publicDir: false,
  css: { postcss: { plugins: [darkFollowsSystem(), onlyUsedClasses([rooms, resolve(here, 'src'), resolve(here, 'test')])] } },
  plugins: [withoutEval(), fieldShell(), compressed()],
  build: {
    outDir: resolve(rooms, 'web/static/dist'),
    emptyOutDir: true,
    manifest: true,
    target: 'es2022',
    // MapLibre alone is above the warning's line and is loaded only by pages with a map.
    chunkSizeWarningLimit: 1300,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { web: resolve(here, 'src/web.ts'), field: resolve(here, 'src/field.ts'), worker: resolve(here, 'src/field/worker.ts') },
      output: {
        // Twelve hex signs: the shape by which WhiteNoise knows a file that never changes and may be kept for ever.
        hashCharacters: 'hex',
        entryFileNames: '[name].[hash:12].js',
        chunkFileNames: '[name].[hash:12].js',
        assetFileNames: '[name].[hash:12][extname]',
      },
    },
  },
  test: { include: ['test/**/*.test.ts'], environment: 'happy-dom', css: false },
})
