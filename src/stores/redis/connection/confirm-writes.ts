import type { Redis } from 'ioredis'
import { BrokerVersionError, DurabilityError } from '../../../errors.js'
import type { Durability } from '../../../model/durability.js'
import { performance } from '../../../util/timers.js'
import type { RedisLocation } from './redis-location.js'

/** Longest time of one WAIT, ms: a connection that is silent for longer would count as half-open. */
const STEP = 1_000

/**
 * Resolves when what was written on a connection is as durable as the location asks for. WAIT and WAITAOF speak of the writes of
 * their own connection, and block it.
 *
 * @throws {@link DurabilityError} when the time of a call is over before that, or the server has no log to wait for;
 *   {@link BrokerVersionError} for a server without WAITAOF
 */
export async function confirmWrites(redis: Redis, { durability, timeout, address }: RedisLocation): Promise<void> {
  const { fsync } = durability
  const since = performance.now()
  const replicas = await replicasOf(redis, durability)
  for (;;) {
    const isLogged = !fsync || (await waitForLog(redis, address))
    const confirmed = replicas === 0 ? 0 : Number(await redis.call('WAIT', replicas, STEP))
    if (isLogged && confirmed >= replicas) return
    const waited = performance.now() - since
    if (waited < timeout) continue
    const expected = [
      ...(fsync ? ['its log on the disk'] : []),
      ...(replicas > 0 ? [`${String(replicas)} replicas`] : []),
    ]
    const found = isLogged ? `${String(confirmed)} of ${String(replicas)} replicas` : 'no log on the disk'
    throw new DurabilityError(address, expected.join(' and '), found, Math.round(waited))
  }
}

/** How many replicas have to confirm. All: those that are connected, but one at least. */
async function replicasOf(redis: Redis, { replicas }: Durability): Promise<number> {
  if (replicas !== 'all') return replicas
  const connected = /^connected_slaves:(\d+)/m.exec(await redis.info('replication'))?.[1]
  return Math.max(1, Number(connected ?? 0))
}

async function waitForLog(redis: Redis, address: string): Promise<boolean> {
  try {
    const [local] = (await redis.call('WAITAOF', 1, 0, STEP)) as [number, number]
    return local >= 1
  } catch (error) {
    const { message } = error as Error
    if (message.startsWith('ERR unknown command')) throw new BrokerVersionError(address, 'one without WAITAOF', '7.2')
    if (message.includes('appendonly is disabled'))
      throw new DurabilityError(address, 'its log on the disk', 'appendonly no', 0)
    throw error
  }
}
