/** Packs the package and looks at it as others will: publint at package.json, arethetypeswrong at the types of each entry. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { root } from './extract-api.mjs'

const scratch = mkdtempSync(join(tmpdir(), 'pulsar-package-'))
try {
  // The scripts are left out: lib is built already.
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch]
  const packed = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8' }))
  const [{ filename }] = Array.isArray(packed) ? packed : Object.values(packed)
  const tarball = join(scratch, filename)
  const attw = arethetypeswrong(tarball)
  const lint = await lintPackage(readFileSync(tarball))
  process.exitCode = attw && lint ? 0 : 1
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

function arethetypeswrong(tarball) {
  const flags = [
    // `moduleResolution: node10` gets its types by typesVersions, which a spec tries; the code is for Node 20 and up.
    ...['--profile', 'node16'],
    // Every Node that the package supports can `require` an ES module. Its types say CommonJS there, since TypeScript's
    // node16 refuses to `require` types that say ESM.
    ...['--ignore-rules', 'cjs-resolves-to-esm', 'false-cjs'],
  ]
  try {
    const command = ['node_modules/@arethetypeswrong/cli/dist/index.js', tarball, ...flags, '--no-emoji', '--no-color']
    execFileSync(process.execPath, command, { cwd: root, encoding: 'utf8', stdio: 'pipe' })
    return true
  } catch (error) {
    console.log(`${error.stdout}${error.stderr}`)
    return false
  }
}

async function lintPackage(tarball) {
  const pack = { tarball: tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength) }
  const { messages: all, pkg } = await publint({ pack, strict: true })
  // The types for CommonJS say so although the module is ESM, as above.
  const messages = all.filter(({ code, path }) => code !== 'EXPORTS_TYPES_INVALID_FORMAT' || !path.includes('require'))
  for (const message of messages) console.log(`publint: ${formatMessage(message, pkg)}`)
  return messages.length === 0
}
