/**
 * Bundles the page of the dashboard (`src/dashboard/ui`), and writes its files as one module of lib: a bundle of a user's
 * application has no files beside it.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { root } from './extract-api.mjs'

const target = join(root, 'lib/dashboard/page-files.js')

/** Vite wraps late imports, to fetch styles and further chunks with them. Those of the page have none, and its size counts. */
const plainImports = {
  name: 'plain-imports',
  enforce: 'pre',
  load: (id) => (id.includes('vite/preload-helper') ? 'export const __vitePreload = (load) => load()' : null),
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPage()

export async function buildPage() {
  const { output } = await build({
    configFile: false,
    logLevel: 'warn',
    root: join(root, 'src/dashboard/ui'),
    base: './',
    plugins: [plainImports],
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
  const licences = licencesOf(output)
  writeFileSync(target, `${licences}export const pageFiles = ${JSON.stringify({ entry, style, files })};\n`)
}

/** The licences of the packages that are in the bundle, as a comment that bundlers keep: each asks for its text in all copies. */
function licencesOf(output) {
  const modules = output.flatMap((file) => (file.type === 'chunk' ? Object.keys(file.modules) : []))
  const folders = modules.map((path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0])
  return [...new Set(folders.filter(Boolean))]
    .sort()
    .map((folder) => `/*!\n${nameOf(folder)}\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}\n*/\n`)
    .join('')
}

function nameOf(folder) {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return `The page of the dashboard contains ${name} ${version}:`
}
