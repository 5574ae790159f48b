import type { Redis } from 'ioredis'
import { BrokerVersionError } from '../../../errors.js'

const OLDEST_MAJOR = 7

/** @throws {@link BrokerVersionError} for a server that is too old */
export async function checkVersion(redis: Redis, address: string): Promise<void> {
  const version = /^(?:valkey|redis)_version:(\S+)/m.exec(await redis.info('server'))?.[1] ?? '0'
  if (Number.parseInt(version, 10) < OLDEST_MAJOR) {
    throw new BrokerVersionError(address, version, `${String(OLDEST_MAJOR)}.0`)
  }
}

/** Describes settings of the server that lose tasks; null when there are none. */
export async function findDanger(redis: Redis, address: string): Promise<string | null> {
  const dangers = [await findEviction(redis, address), await findLoneWrites(redis, address)]
  const found = dangers.filter((danger) => danger !== null)
  return found.length === 0 ? null : found.join('; ')
}

async function findEviction(redis: Redis, address: string): Promise<string | null> {
  const policy = /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1] ?? 'noeviction'
  if (policy === 'noeviction') return null
  return `expected maxmemory-policy of ${address} to be noeviction, got ${policy}: when its memory is full, it drops queued tasks; set maxmemory-policy noeviction`
}

/** A master that is cut off from its replicas goes on taking tasks, and a failover loses them. */
async function findLoneWrites(redis: Redis, address: string): Promise<string | null> {
  const replication = await redis.info('replication')
  if (!/^connected_slaves:[1-9]/m.test(replication)) return null
  // INFO has this line only where the setting is not 0. CONFIG GET cannot be used: many services forbid it.
  if (/^min_slaves_good_slaves:/m.test(replication)) return null
  return `expected min-replicas-to-write of ${address} to be at least 1, got 0: cut off from its replicas, it takes tasks that a failover loses; set min-replicas-to-write 1`
}
