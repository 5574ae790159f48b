import type { Redis } from 'ioredis'
import { LayoutVersionError } from '../../../errors.js'
import { textOf } from '../layout/bytes.js'
import type { NamespaceKeys, TaggedKeys } from '../layout/keys.js'
import { FIRST_LAYOUT, LAYOUT } from '../layout/keys.js'
import type { Connection } from './connection.js'
import { isWrongType } from './redis-errors.js'
import { serverTime } from './server-time.js'

/** The list of all queues of a namespace. */
export class QueueRegistry {
  constructor(
    private readonly connection: Connection,
    private readonly space: NamespaceKeys,
    private readonly keysOf: (queue: string) => TaggedKeys,
    private readonly address: string,
    /** Lets the listeners to task events hear a new queue. */
    private readonly announce: (queue: string) => Promise<void>,
  ) {}

  /** Names of all queues. */
  async queues(): Promise<readonly string[]> {
    return await this.#inList(async (redis) => await redis.hkeys(this.space.queues))
  }

  /**
   * Adds a queue to the list of all queues, lets the present listeners hear it, and adds them to the queue's own state. The
   * layout is written last: scripts take a queue with a layout for one that is in the list of all queues.
   */
  async register(queue: string): Promise<void> {
    const [isNew, meta] = await Promise.all([this.#enter(queue), this.#metaOf(queue)])
    // One that is entered and has no layout is being registered by another process, or was left so by one that has died.
    if (!isNew && meta !== null) return
    await this.announce(queue)
    const state = this.stateOf(queue)
    const listening = await this.#listening()
    await this.connection.attempt(state, async (redis) => {
      if (listening > 0) await redis.hset(state, 'E', String((await serverTime(redis)) + listening))
      await redis.hsetnx(state, 'M', `${LAYOUT},0,`)
    })
  }

  /** Removes a queue whose state is gone from the list of all queues; if it was made anew meanwhile, it stays there. */
  async unregister(queue: string): Promise<void> {
    await this.#inList(async (redis) => await redis.hdel(this.space.queues, queue))
    const isEnteredAnew = (await this.#metaOf(queue)) !== null && (await this.#enter(queue))
    if (isEnteredAnew) await this.announce(queue)
  }

  /** Since when a queue is in the list, ms, by the clock of the server that has the list; null: it is not there. */
  async ageOf(queue: string): Promise<number | null> {
    return await this.#inList(async (redis) => {
      const [entry, now] = await Promise.all([redis.hget(this.space.queues, queue), serverTime(redis)])
      return entry === null ? null : now - Number(entry.split(',')[3] ?? 0)
    })
  }

  /** Key of what is small of a queue. */
  stateOf(queue: string): string {
    return textOf(this.keysOf(queue).key('state'))
  }

  async #metaOf(queue: string): Promise<string | null> {
    const state = this.stateOf(queue)
    return await this.connection.attempt(state, async (redis) => await redis.hget(state, 'M'))
  }

  /** Version of the partitions, open ones, all, and since when the queue is known. @returns whether it was not entered yet */
  async #enter(queue: string): Promise<boolean> {
    return await this.#inList(async (redis) => {
      const entry = `0,1,1,${String(await serverTime(redis))}`
      return (await redis.hsetnx(this.space.queues, queue, entry)) === 1
    })
  }

  /** For how long anyone listens to task events, unless they enter anew, ms. Expiries are by the clock of the list's server. */
  async #listening(): Promise<number> {
    return await this.connection.attempt(this.space.listeners, async (redis) => {
      const listeners = await redis.zrangebyscore(this.space.listeners, '-inf', '+inf', 'WITHSCORES')
      const expiries = listeners.filter((_, i) => i % 2 === 1).map(Number)
      return expiries.length === 0 ? 0 : Math.max(...expiries) - (await serverTime(redis))
    })
  }

  /** Acts on the list of queues, which was of another type in the first layout. */
  async #inList<T>(act: (redis: Redis) => Promise<T>): Promise<T> {
    return await this.connection.attempt(this.space.queues, async (redis) => {
      try {
        return await act(redis)
      } catch (error) {
        if (!isWrongType(error) || (await redis.type(this.space.queues)) !== 'set') throw error
        throw new LayoutVersionError(this.address, FIRST_LAYOUT, LAYOUT)
      }
    })
  }
}
