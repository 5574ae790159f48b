import { LayoutVersionError } from '../../../errors.js'
import { textOf } from '../layout/bytes.js'
import type { NamespaceKeys, TaggedKeys } from '../layout/keys.js'
import { FIRST_LAYOUT, LAYOUT } from '../layout/keys.js'
import type { RedisConnection } from './redis-connection.js'
import { isWrongType } from './redis-errors.js'

/** The list of all queues of a namespace. */
export class QueueRegistry {
  constructor(
    private readonly connection: RedisConnection,
    private readonly space: NamespaceKeys,
    private readonly keysOf: (queue: string) => TaggedKeys,
    private readonly address: string,
    /** Lets the listeners to task events hear a new queue. */
    private readonly announce: (queue: string) => Promise<void>,
  ) {}

  /** Names of all queues. */
  async queues(): Promise<readonly string[]> {
    return await this.connection.attempt(
      async () => await this.#ofOurLayout(this.connection.redis.hkeys(this.space.queues)),
    )
  }

  /**
   * Adds a queue to the list of all queues, lets the present listeners hear it, and adds them to the queue's own state. The
   * layout is written last: scripts take a queue with a layout for one that is in the list of all queues.
   */
  async register(queue: string): Promise<void> {
    const state = this.stateOf(queue)
    const { redis } = this.connection
    const [isNew, meta] = await this.connection.attempt(
      async () => await Promise.all([this.#enter(queue), redis.hget(state, 'M')]),
    )
    // One that is entered and has no layout is being registered by another process, or was left so by one that has died.
    if (!isNew && meta !== null) return
    await this.announce(queue)
    await this.connection.attempt(async () => {
      await this.#copyListeners(queue)
      await redis.hsetnx(state, 'M', `${LAYOUT},0,`)
    })
  }

  /** Removes a queue whose state is gone from the list of all queues; if it was made anew meanwhile, it stays there. */
  async unregister(queue: string): Promise<void> {
    const isEnteredAnew = await this.connection.attempt(async () => {
      const { redis } = this.connection
      await redis.hdel(this.space.queues, queue)
      return (await redis.hget(this.stateOf(queue), 'M')) !== null && (await this.#enter(queue))
    })
    if (isEnteredAnew) await this.announce(queue)
  }

  /** When a queue was entered into the list, ms since the epoch; null: it is not there. */
  async registeredAt(queue: string): Promise<number | null> {
    const entry = await this.connection.attempt(
      async () => await this.#ofOurLayout(this.connection.redis.hget(this.space.queues, queue)),
    )
    return entry === null ? null : Number(entry.split(',')[3] ?? 0)
  }

  /** Key of what is small of a queue. */
  stateOf(queue: string): string {
    return textOf(this.keysOf(queue).key('state'))
  }

  /** The time by the server's clock, ms. */
  async now(): Promise<number> {
    const [seconds, micros] = await this.connection.redis.time()
    return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000)
  }

  /** Version of the partitions, open ones, all, and since when the queue is known. @returns whether it was not entered yet */
  async #enter(queue: string): Promise<boolean> {
    const { redis } = this.connection
    const entry = `0,1,1,${String(await this.now())}`
    return (await this.#ofOurLayout(redis.hsetnx(this.space.queues, queue, entry))) === 1
  }

  async #copyListeners(queue: string): Promise<void> {
    const listeners = await this.connection.redis.zrangebyscore(this.space.listeners, '-inf', '+inf', 'WITHSCORES')
    const expiries = listeners.filter((_, i) => i % 2 === 1).map(Number)
    if (expiries.length === 0) return
    await this.connection.redis.hset(this.stateOf(queue), 'E', String(Math.max(...expiries)))
  }

  /** The list of queues was of another type in the first layout. */
  async #ofOurLayout<T>(reply: Promise<T>): Promise<T> {
    try {
      return await reply
    } catch (error) {
      if (!isWrongType(error) || (await this.connection.redis.type(this.space.queues)) !== 'set') throw error
      throw new LayoutVersionError(this.address, FIRST_LAYOUT, LAYOUT)
    }
  }
}
