/** What tsc leaves undone: Lua scripts, the types that users get, the executable bit, and files whose source is gone. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
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
  copyLua()
  chmodSync(join(lib, 'cli/pq.js'), 0o755)
  await rollUpTypes()
}

function removeOrphans() {
  for (const file of files(lib).filter((name) => name !== 'README.md' && !name.startsWith('types/'))) {
    const source = file.replace(/(\.d\.ts|\.js|\.js\.map)$/, '.ts')
    if (!existsSync(join(src, source)) && !existsSync(join(src, file))) rmSync(join(lib, file))
  }
}

function copyLua() {
  for (const file of files(src).filter((name) => name.endsWith('.lua'))) {
    mkdirSync(dirname(join(lib, file)), { recursive: true })
    copyFileSync(join(src, file), join(lib, file))
  }
}
