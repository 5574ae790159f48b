/**
 * Finds a Redis server for the specs: REDIS_SERVER, `redis-server` or `valkey-server` on the PATH, one that was fetched
 * before, else Debian's package, unpacked below node_modules/.cache without root.
 */
import { debianProgram, isProgram, onPath } from './debian-package.mjs'

export async function findRedisServer() {
  const named = process.env.REDIS_SERVER
  if (named) {
    if (isProgram(named)) return named
    throw new Error(`REDIS_SERVER is ${named}, which is no program; unset it or name a redis-server`)
  }
  return onPath('redis-server', 'valkey-server') ?? (await fetchServer())
}

/**
 * Finds a server that has WAITAOF, as Redis 7.2 and Valkey have: REDIS_SERVER_7_2, `valkey-server` on the PATH, one that was fetched before, else
 * Valkey of Debian's backports.
 *
 * @returns its path; where there is none, why
 */
export async function findNewerServer() {
  const named = process.env.REDIS_SERVER_7_2 ?? onPath('valkey-server')
  if (named) return { path: named }
  try {
    const packages = ['valkey-server', 'valkey-tools']
    const source = 'deb http://deb.debian.org/debian bookworm-backports main'
    return { path: await debianProgram('pulsar-queue-valkey', packages, 'usr/bin/valkey-server', source) }
  } catch (error) {
    return { path: null, why: `no Valkey could be fetched (${error.message}); set REDIS_SERVER_7_2` }
  }
}

async function fetchServer() {
  try {
    // `redis-server` is a link into `redis-tools`, which a machine may have without the server.
    return await debianProgram('pulsar-queue-redis', ['redis-server', 'redis-tools'], 'usr/bin/redis-server')
  } catch (error) {
    throw new Error(
      `no Redis for the specs: neither REDIS_SERVER nor a redis-server or valkey-server on the PATH, and Debian's package could not be fetched (${error.message}). Install one (brew install redis, apt-get install redis-server) or set REDIS_SERVER.`,
      { cause: error },
    )
  }
}
