import type { Redis } from 'ioredis'
import { BrokerVersionError } from '../../../errors.js'
import { isForbidden, unusable } from './redis-errors.js'

const OLDEST_MAJOR = 7
/** What a server is by its mode. */
const MODES: Readonly<Record<string, string>> = {
  standalone: 'it is a single server',
  cluster: 'it is a node of a Redis Cluster',
  sentinel: 'it is a Redis Sentinel',
}

/**
 * @param mode - that the server must have
 * @throws {@link BrokerVersionError} for a server that is too old; {@link BrokerUnreachableError} for one of another
 *   mode
 */
export async function checkServer(redis: Redis, address: string, mode: 'standalone' | 'cluster'): Promise<void> {
  const { version, mode: found } = await identify(redis)
  const other = MODES[found]
  if (other !== undefined && found !== mode) throw unusable(address, 0, new Error(other))
  // A server that tells its version to nobody is taken on trust: without a command that it needs, a script says so.
  if (version !== '' && Number.parseInt(version, 10) < OLDEST_MAJOR) {
    throw new BrokerVersionError(address, version, `${String(OLDEST_MAJOR)}.0`)
  }
}

/** Version and mode of a server; empty where it tells neither. HELLO is rarely forbidden, INFO often is. */
async function identify(redis: Redis): Promise<{ readonly version: string; readonly mode: string }> {
  const hello = await allowed(redis.call('HELLO') as Promise<unknown[]>)
  if (hello) {
    const fact = (name: string): string => String(hello[hello.findIndex((word) => String(word) === name) + 1])
    return { version: fact('version'), mode: fact('mode') }
  }
  const info = (await allowed(redis.info('server'))) ?? ''
  const fact = (name: string): string => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1] ?? ''
  return { version: fact('(?:valkey|redis)_version'), mode: fact('(?:server|redis)_mode') }
}

/** Describes a setting of a cluster's node that stops queues of other nodes; null when there is none, or it may not be asked for. */
export async function findWideOutage(redis: Redis, address: string): Promise<string | null> {
  const setting = 'cluster-require-full-coverage'
  const found = await allowed(redis.config('GET', setting))
  if (found?.[1] !== 'yes') return null
  return `expected ${setting} of ${address} to be no, got yes: while one master is away, the queues of all others stop as well; set ${setting} no`
}

/** Describes settings of the server that lose tasks; null when there are none. */
export async function findDanger(redis: Redis, address: string): Promise<string | null> {
  const memory = await allowed(redis.info('memory'))
  const replication = await allowed(redis.info('replication'))
  if (memory === null || replication === null) {
    return `expected INFO to be allowed at ${address}, got a refusal: maxmemory-policy and min-replicas-to-write are not checked; docs/redis.md says what they must be`
  }
  const found = [findEviction(memory, address), findLoneWrites(replication, address)].filter((each) => each !== null)
  return found.length === 0 ? null : found.join('; ')
}

/** An answer; null where the server does not give it to this user. */
async function allowed<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (isForbidden(error)) return null
    throw error
  }
}

function findEviction(memory: string, address: string): string | null {
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? 'noeviction'
  if (policy === 'noeviction') return null
  return `expected maxmemory-policy of ${address} to be noeviction, got ${policy}: when its memory is full, it drops queued tasks; set maxmemory-policy noeviction`
}

/** A master that is cut off from its replicas goes on taking tasks, and a failover loses them. */
function findLoneWrites(replication: string, address: string): string | null {
  if (!/^connected_slaves:[1-9]/m.test(replication)) return null
  // INFO has this line only where the setting is not 0. CONFIG GET cannot be used: many services forbid it.
  if (/^min_slaves_good_slaves:/m.test(replication)) return null
  return `expected min-replicas-to-write of ${address} to be at least 1, got 0: cut off from its replicas, it takes tasks that a failover loses; set min-replicas-to-write 1`
}
