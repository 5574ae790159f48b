/**
 * Finds a Redis server for the specs: REDIS_SERVER, `redis-server` or `valkey-server` on the PATH, one that was fetched
 * before, else Debian's package, unpacked below node_modules/.cache without root.
 */
import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const CACHE = fileURLToPath(new URL('../node_modules/.cache/pulsar-queue-redis', import.meta.url))
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
    const { stdout } = await run('apt-cache', [
      'depends',
      '--recurse',
      '--no-recommends',
      '--no-suggests',
      '--no-conflicts',
      '--no-breaks',
      '--no-replaces',
      '--no-enhances',
      'redis-server',
    ])
    const known = new Set(stdout.split('\n').map((line) => line.replace(/^\W*(?:Depends|PreDepends):/, '').trim()))
    const wanted = PACKAGES.filter((name) => known.has(name))
    await run('apt-get', ['download', ...(wanted.length > 0 ? wanted : PACKAGES.slice(0, 2))], { cwd: work })
    for (const file of readdirSync(work).filter((name) => name.endsWith('.deb'))) {
      await run('dpkg', ['-x', join(work, file), join(work, 'root')])
    }
    const { writeFileSync, chmodSync } = await import('node:fs')
    const { stdout: arch } = await run('dpkg-architecture', ['-qDEB_HOST_MULTIARCH']).catch(async () => ({
      stdout: process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu',
    }))
    writeFileSync(
      join(work, 'redis-server'),
      `#!/bin/sh\nhere=$(dirname "$0")\nLD_LIBRARY_PATH="$here/root/usr/lib/${arch.trim()}:$here/root/lib/${arch.trim()}" exec "$here/root/usr/bin/redis-check-rdb" "$@"\n`.replace(
        'redis-check-rdb',
        'redis-server',
      ),
    )
    chmodSync(join(work, 'redis-server'), 0o755)
    if (!existsSync(CACHE)) renameSync(work, CACHE)
    return fetched() ?? fail('the package has no redis-server in it')
  } catch (error) {
    return fail(error.stderr?.toString().trim() || error.message)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function fail(reason) {
  throw new Error(
    `no Redis for the specs: neither REDIS_SERVER nor a redis-server or valkey-server on the PATH, and Debian's package could not be fetched (${reason}). Install one (brew install redis, apt-get install redis-server) or set REDIS_SERVER.`,
  )
}
