/**
 * Bundles the page of the dashboard (`src/dashboard/ui`), and writes its files as one module of lib: a bundle of a user's
 * application has no files beside it.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { root } from './extract-api.mjs'

const target = join(root, 'lib/dashboard/page-files.js')

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPage()

export async function buildPage() {
  const { output } = await build({
    configFile: false,
    logLevel: 'warn',
    root: join(root, 'src/dashboard/ui'),
    base: './',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      write: false,
      target: 'es2022',
      modulePreload: false,
      cssCodeSplit: false,
      // Fonts and pictures would be data: URLs, which the page's policy allows for pictures only.
      assetsInlineLimit: 0,
      rolldownOptions: {
        input: join(root, 'src/dashboard/ui/main.tsx'),
        output: {
          entryFileNames: 'app-[hash].js',
          chunkFileNames: '[name]-[hash].js',
          assetFileNames: '[name]-[hash][extname]',
        },
      },
    },
  })
  const files = Object.fromEntries(
    output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : String(file.source)]),
  )
  const entry = output.find((file) => file.type === 'chunk' && file.isEntry).fileName
  const style = output.find(({ fileName }) => fileName.endsWith('.css')).fileName
  mkdirSync(dirname(target), { recursive: true })
  // Without a map: its source is another one.
  rmSync(`${target}.map`, { force: true })
  writeFileSync(target, `export const pageFiles = ${JSON.stringify({ entry, style, files })};\n`)
}
