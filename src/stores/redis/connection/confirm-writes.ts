import type { Redis } from 'ioredis'
import { BrokerVersionError, DurabilityError } from '../../../errors.js'
import { performance } from '../../../util/timers.js'
import type { Needs } from './redis-durability.js'

/** Longest time of one WAIT, ms: a connection that is silent for longer would count as half-open. */
const STEP = 400

/** How far the writes of a connection have come. */
interface Progress {
  readonly isLogged: boolean
  readonly replicas: number
  /** Number of replicas that were needed. */
  readonly needed: number
}

/** The question that is under way on a connection, and the one that follows it. */
interface Questions {
  readonly current: Promise<Progress>
  next: Promise<Progress> | null
}

/** The questions of each connection, by what is needed. */
const asked = new WeakMap<Redis, Map<string, Questions>>()

/**
 * Resolves when what was written on a connection is as durable as it needs to be. WAIT and WAITAOF speak of the writes of their own
 * connection, and block it: so all calls that were answered by the time share one.
 *
 * @param timeout - longest time to wait, ms
 * @param address - of the server, for errors
 * @throws {@link DurabilityError} when the time is over before that, or the server has no log to wait for;
 *   {@link BrokerVersionError} for a server without WAITAOF
 */
export async function confirmWrites(redis: Redis, needs: Needs, timeout: number, address: string): Promise<void> {
  const since = performance.now()
  for (;;) {
    const { isLogged, replicas, needed } = await progressOf(redis, needs, address)
    if (isLogged && replicas >= needed) return
    const waited = performance.now() - since
    if (waited < timeout) continue
    const expected = [
      ...(needs.fsync ? ['its log on the disk'] : []),
      ...(needed > 0 ? [`${String(needed)} replicas`] : []),
    ]
    const found = isLogged ? `${String(replicas)} of ${String(needed)} replicas` : 'no log on the disk'
    throw new DurabilityError(address, expected.join(' and '), found, Math.round(waited))
  }
}

/** Asks how far all writes have come that were answered by now. A question that was asked before does not tell. */
async function progressOf(redis: Redis, needs: Needs, address: string): Promise<Progress> {
  const questions = asked.get(redis) ?? new Map<string, Questions>()
  asked.set(redis, questions)
  const name = `${String(needs.replicas)} ${String(needs.fsync)}`
  const before = questions.get(name)
  if (before) return await (before.next ??= before.current.then(async () => await begin(), begin))
  return await begin()

  async function begin(): Promise<Progress> {
    const own: Questions = { current: ask(redis, needs, address), next: null }
    questions.set(name, own)
    try {
      return await own.current
    } finally {
      if (own.next === null) questions.delete(name)
    }
  }
}

async function ask(redis: Redis, needs: Needs, address: string): Promise<Progress> {
  const needed = await replicasOf(redis, needs)
  const isLogged = !needs.fsync || (await waitForLog(redis, address))
  const replicas = needed === 0 ? 0 : Number(await redis.call('WAIT', needed, STEP))
  return { isLogged, replicas, needed }
}

/** How many replicas have to confirm. All: those that are connected, but one at least. */
async function replicasOf(redis: Redis, { replicas }: Needs): Promise<number> {
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
