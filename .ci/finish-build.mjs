/** What tsc leaves undone: Lua scripts, types for CommonJS readers, the executable bit, and files whose source is gone. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
const src = join(root, 'src')
const lib = join(root, 'lib')

const files = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))

if (process.argv[1] === fileURLToPath(import.meta.url)) finishBuild()

export function finishBuild() {
  removeOrphans()
  copyLua()
  writeCommonJsTypes()
  chmodSync(join(lib, 'cli/pq.js'), 0o755)
}

function removeOrphans() {
  for (const file of files(lib).filter((name) => name !== 'README.md')) {
    const source = file.replace(/(\.d\.ts|\.d\.cts|\.js|\.js\.map)$/, '.ts')
    if (!existsSync(join(src, source)) && !existsSync(join(src, file))) rmSync(join(lib, file))
  }
}

function copyLua() {
  for (const file of files(src).filter((name) => name.endsWith('.lua'))) {
    mkdirSync(dirname(join(lib, file)), { recursive: true })
    copyFileSync(join(src, file), join(lib, file))
  }
}

/**
 * A CommonJS module under `moduleResolution: node16` may not import types that are ESM (TS1479), although `require` of
 * ESM works in the Node versions we support. So each .d.ts gets a twin that says CommonJS.
 */
function writeCommonJsTypes() {
  for (const file of files(lib).filter((name) => name.endsWith('.d.ts'))) {
    const types = readFileSync(join(lib, file), 'utf8')
    const twin = types.replace(
      /(\bfrom |\bimport\(|\bimport |\bdeclare module )(['"])(\.{1,2}\/[^'"]+)\.js\2/g,
      '$1$2$3.cjs$2',
    )
    writeFileSync(join(lib, file.replace(/\.d\.ts$/, '.d.cts')), twin)
  }
}
