import { randomUUID } from 'node:crypto'
import type { Subscription } from '../../../util/subscription.js'
import type { NamespaceKeys, TaggedKeys } from '../layout/keys.js'
import { textOf } from '../layout/bytes.js'
import { FIRST_LAYOUT, LAYOUT } from '../layout/keys.js'
import { LayoutVersionError } from '../../../errors.js'
import type { LookUp, TaskEventListener } from './event-reader.js'
import { EventReader } from './event-reader.js'
import type { RedisConnection } from './redis-connection.js'
import { isWrongType } from './redis-errors.js'
import type { RedisSubscriber } from './redis-subscriber.js'
import { clearInterval, setInterval } from '../../../util/timers.js'

/** Time for which a listener counts without renewing its entry, ms. */
const TTL = 15_000

/**
 * The listeners to task events. Scripts publish the events of a queue only while the queue's list of listeners has a valid
 * entry. A listener adds itself to the list of the namespace first, and then to the lists of all queues. A new queue copies
 * the list of the namespace. So no listener misses a queue, whichever of the two comes first.
 */
export class EventListeners {
  readonly #name = randomUUID()
  #count = 0
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly connection: RedisConnection,
    private readonly subscriber: RedisSubscriber,
    private readonly space: NamespaceKeys,
    private readonly keysOf: (queue: string) => TaggedKeys,
    private readonly address: string,
  ) {
    // The server may have lost the lists with the connection.
    connection.redis.on('ready', () => {
      if (this.#count > 0) this.#enter().catch(() => undefined)
    })
  }

  /** Resolves when the subscription is in force for all queues. Its `close` is safe to call twice. */
  async listen(lookUp: LookUp, listener: TaskEventListener): Promise<Subscription> {
    const reader = new EventReader(lookUp, listener)
    const subscription = await this.subscriber.subscribe(`${this.space.channels}ev`, (message) => {
      reader.receive(message)
    })
    let isOpen = true
    const close = async (): Promise<void> => {
      if (!isOpen) return
      isOpen = false
      reader.close()
      this.#count -= 1
      await subscription.close()
      if (this.#count === 0) await this.close()
    }
    this.#count += 1
    try {
      await this.#enter()
    } catch (error) {
      await close()
      throw error
    }
    this.#timer ??= setInterval(() => {
      this.#enter().catch(() => undefined)
    }, TTL / 3).unref()
    return { close, [Symbol.asyncDispose]: close }
  }

  /** Names of all queues. */
  async queues(): Promise<readonly string[]> {
    return await this.connection.attempt(
      async () => await this.#ofOurLayout(this.connection.redis.hkeys(this.space.queues)),
    )
  }

  /**
   * Adds a queue to the list of all queues, and the present listeners to the queue's own state. The layout is written last:
   * scripts take a queue with a layout for one that is in the list of all queues.
   */
  async register(queue: string): Promise<void> {
    await this.connection.attempt(async () => {
      const { redis } = this.connection
      await this.#enterQueue(queue)
      await this.#copyListeners(queue)
      await redis.hsetnx(this.#stateOf(queue), 'M', `${LAYOUT},0,`)
    })
  }

  /** Removes a queue whose state is gone from the list of all queues; if it was made anew meanwhile, it stays there. */
  async unregister(queue: string): Promise<void> {
    await this.connection.attempt(async () => {
      const { redis } = this.connection
      await redis.hdel(this.space.queues, queue)
      if ((await redis.hget(this.#stateOf(queue), 'M')) !== null) await this.#enterQueue(queue)
    })
  }

  /** When a queue was entered into the list, ms since the epoch; null: it is not there. */
  async registeredAt(queue: string): Promise<number | null> {
    const entry = await this.connection.attempt(
      async () => await this.#ofOurLayout(this.connection.redis.hget(this.space.queues, queue)),
    )
    return entry === null ? null : Number(entry.split(',')[3] ?? 0)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#count = 0
    if (this.connection.redis.status !== 'ready') return
    const { redis } = this.connection
    try {
      await redis.zrem(this.space.listeners, this.#name)
      if ((await redis.zcard(this.space.listeners)) === 0) await this.#listenUntil('0')
    } catch {
      // Then the entries expire.
    }
  }

  /** Version of the partitions, open ones, all, and since when the queue is known. */
  async #enterQueue(queue: string): Promise<void> {
    const { redis } = this.connection
    await this.#ofOurLayout(redis.hsetnx(this.space.queues, queue, `0,1,1,${String(await this.#now())}`))
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

  #stateOf(queue: string): string {
    return textOf(this.keysOf(queue).key('state'))
  }

  async #copyListeners(queue: string): Promise<void> {
    const listeners = await this.connection.redis.zrangebyscore(this.space.listeners, '-inf', '+inf', 'WITHSCORES')
    const expiries = listeners.filter((_, i) => i % 2 === 1).map(Number)
    if (expiries.length === 0) return
    await this.connection.redis.hset(this.#stateOf(queue), 'E', String(Math.max(...expiries)))
  }

  async #enter(): Promise<void> {
    await this.connection.attempt(async () => {
      const { redis } = this.connection
      const now = await this.#now()
      await redis.zremrangebyscore(this.space.listeners, '-inf', now)
      // The list expires with its last entry, also when nobody deletes it. It comes first: a queue that is registered
      // meanwhile copies it.
      await Promise.all([
        redis.zadd(this.space.listeners, 'GT', String(now + TTL), this.#name),
        redis.pexpire(this.space.listeners, TTL),
      ])
      await this.#listenUntil(String(now + TTL))
    })
  }

  /** Until when scripts publish events. */
  async #listenUntil(expiry: string): Promise<void> {
    const queues = await this.queues()
    await Promise.all(
      queues.map(async (queue) => {
        try {
          await this.connection.redis.hset(this.#stateOf(queue), 'E', expiry)
        } catch (error) {
          // The other queues are heard all the same.
          if (!isWrongType(error)) throw error
        }
      }),
    )
  }

  /** The time by the server's clock, ms. */
  async #now(): Promise<number> {
    const [seconds, micros] = await this.connection.redis.time()
    return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000)
  }
}
