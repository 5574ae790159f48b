/**
 * Finds a Redis server for the specs: REDIS_SERVER, `redis-server` or `valkey-server` on the PATH, one that was fetched
 * before, else Debian's package, unpacked below node_modules/.cache without root.
 */
import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const CACHE = fileURLToPath(new URL('../node_modules/.cache/pulsar-queue-redis', import.meta.url))
// The program, and those of its libraries that a small Debian lacks. `redis-server` is a link into `redis-tools`.
const PACKAGES = [
  'redis-server',
  'redis-tools',
  'liblua5.1-0',
  'libjemalloc2',
  'liblzf1',
  'libhiredis0.14',
  'lua-cjson',
  'lua-bitop',
]

export async function findRedisServer() {
  const named = process.env.REDIS_SERVER
  if (named) {
    if (isProgram(named)) return named
    throw new Error(`REDIS_SERVER is ${named}, which is no program; unset it or name a redis-server`)
  }
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((directory) => ['redis-server', 'valkey-server'].map((name) => join(directory, name)))
    .find(isProgram)
  return onPath ?? fetched() ?? (await fetch())
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A small script beside the program sets the path of its libraries. */
function fetched() {
  const program = join(CACHE, 'redis-server')
  return isProgram(program) ? program : null
}

async function fetch() {
  const work = `${CACHE}.${process.pid}`
  try {
    mkdirSync(work, { recursive: true })
    await download(work)
    for (const file of readdirSync(work).filter((name) => name.endsWith('.deb'))) {
      await run('dpkg', ['-x', join(work, file), join(work, 'root')])
    }
    const libraries = readdirSync(join(work, 'root/usr/lib'))
      .filter((name) => name.includes('-linux-'))
      .map((name) => `"$here/root/usr/lib/${name}"`)
    const script = `#!/bin/sh\nhere=$(dirname "$0")\nLD_LIBRARY_PATH=${libraries.join(':')} exec "$here/root/usr/bin/redis-server" "$@"\n`
    writeFileSync(join(work, 'redis-server'), script, { mode: 0o755 })
    // Another process may have been quicker: then its copy serves.
    if (!existsSync(CACHE)) renameSync(work, CACHE)
    return fetched() ?? fail('the package has no redis-server in it')
  } catch (error) {
    return fail(error.stderr?.toString().trim() || error.message)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Downloads the packages, with package lists of our own where the machine has none: neither takes root. */
async function download(work) {
  try {
    await run('apt-get', ['download', ...PACKAGES], { cwd: work })
  } catch {
    const lists = join(work, 'lists')
    mkdirSync(join(lists, 'partial'), { recursive: true })
    const own = [
      '-o',
      `Dir::State::lists=${lists}`,
      '-o',
      `Dir::Cache=${join(work, 'cache')}`,
      '-o',
      'APT::Sandbox::User=',
    ]
    mkdirSync(join(work, 'cache/archives/partial'), { recursive: true })
    await run('apt-get', [...own, 'update'], { cwd: work })
    await run('apt-get', [...own, 'download', ...PACKAGES], { cwd: work })
  }
}

function fail(reason) {
  throw new Error(
    `no Redis for the specs: neither REDIS_SERVER nor a redis-server or valkey-server on the PATH, and Debian's package could not be fetched (${reason}). Install one (brew install redis, apt-get install redis-server) or set REDIS_SERVER.`,
  )
}
