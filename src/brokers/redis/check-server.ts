import type { Redis } from 'ioredis'
import { BrokerVersionError } from '../../errors.js'

const OLDEST_MAJOR = 7

/** @throws {@link BrokerVersionError} for a server that is too old */
export async function checkVersion(redis: Redis, address: string): Promise<void> {
  const version = /^(?:valkey|redis)_version:(\S+)/m.exec(await redis.info('server'))?.[1] ?? '0'
  if (Number.parseInt(version, 10) < OLDEST_MAJOR) {
    throw new BrokerVersionError(address, version, `${String(OLDEST_MAJOR)}.0`)
  }
}

/** What is dangerous about the way the server is set up; null when nothing is. */
export async function findDanger(redis: Redis, address: string): Promise<string | null> {
  const policy = /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1] ?? 'noeviction'
  if (policy === 'noeviction') return null
  return `expected maxmemory-policy of ${address} to be noeviction, got ${policy}: when its memory is full, it drops queued tasks; set maxmemory-policy noeviction`
}
