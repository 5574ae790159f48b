/** What tsc leaves undone: modules that contain texts in place of files, the types that users get, the executable bit, and files whose source is gone. */
import { chmodSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from './extract-api.mjs'
import { rollUpTypes } from './roll-up-types.mjs'

const src = join(root, 'src')
const lib = join(root, 'lib')

const files = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))

if (process.argv[1] === fileURLToPath(import.meta.url)) await finishBuild()

export async function finishBuild() {
  removeOrphans()
  containTexts()
  chmodSync(join(lib, 'cli/pq.js'), 0o755)
  await rollUpTypes()
}

function removeOrphans() {
  for (const file of files(lib).filter((name) => name !== 'README.md' && !name.startsWith('types/'))) {
    const source = file.replace(/(\.d\.ts|\.js|\.js\.map)$/, '.ts')
    if (!existsSync(join(src, source)) && !existsSync(join(src, file))) rmSync(join(lib, file))
  }
}

/** Replaces the modules that read files of the package: a bundle has no files. */
function containTexts() {
  const scripts = files(join(src, 'stores/redis')).filter((name) => name.endsWith('.lua'))
  const texts = scripts.map((name) => [
    name.slice(0, -'.lua'.length).replaceAll('\\', '/'),
    read('src/stores/redis', name),
  ])
  replaceModule(
    'stores/redis/scripts/script-files.js',
    `const texts = ${JSON.stringify(Object.fromEntries(texts.sort()), null, 2)};\n` +
      'export function scriptFile(path) {\n' +
      '    if (texts[path] === undefined) throw new Error(`there is no script ${path}`);\n' +
      '    return texts[path];\n}\n',
  )
  const { version } = JSON.parse(read('package.json'))
  replaceModule(
    'util/package-version.js',
    `export function packageVersion() {\n    return ${JSON.stringify(version)};\n}\n`,
  )
}

function read(...path) {
  return readFileSync(join(root, ...path), 'utf8')
}

/** Without a map: its source is another one. */
function replaceModule(name, text) {
  writeFileSync(join(lib, name), text)
  rmSync(join(lib, `${name}.map`), { force: true })
}
