import { randomUUID } from 'node:crypto'
import type { Subscription } from '../../../util/subscription.js'
import type { NamespaceKeys, TaggedKeys } from '../layout/keys.js'
import { LAYOUT } from '../layout/keys.js'
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
  ) {
    // The server may have lost the lists with the connection.
    connection.redis.on('ready', () => {
      if (this.#count > 0) this.#enter().catch(() => undefined)
    })
  }

  /** Resolves when the subscription is in force for all queues. Its `close` is safe to call twice. */
  async listen(lookUp: LookUp, listener: TaskEventListener): Promise<Subscription> {
    const reader = new EventReader(lookUp, listener)
    const subscription = await this.subscriber.subscribe(`${this.space.channels}events`, (message) => {
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

  /**
   * Adds a queue to the list of all queues, and the present listeners to the queue's own list. The layout is written last:
   * scripts take a queue with a layout for one that is in the list of all queues.
   */
  async register(queue: string): Promise<void> {
    await this.connection.attempt(async () => {
      const { redis } = this.connection
      await redis.sadd(this.space.queues, queue)
      await this.#copyListeners(queue)
      await redis.hsetnx(this.keysOf(queue).key('meta'), 'layout', LAYOUT)
    })
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#count = 0
    if (this.connection.redis.status !== 'ready') return
    const { redis } = this.connection
    await this.#each(async (key) => await redis.zrem(key, this.#name)).catch(() => undefined)
  }

  async #copyListeners(queue: string): Promise<void> {
    const listeners = await this.connection.redis.zrangebyscore(this.space.listeners, '-inf', '+inf', 'WITHSCORES')
    if (listeners.length === 0) return
    const now = await this.#now()
    for (let i = 0; i < listeners.length; i += 2) {
      const [name = '', expiry = '0'] = listeners.slice(i, i + 2)
      if (Number(expiry) > now) await this.#put(this.keysOf(queue).key('listeners'), expiry, name)
    }
  }

  async #enter(): Promise<void> {
    await this.connection.attempt(async () => {
      const now = await this.#now()
      await this.#each(async (key) => {
        await this.connection.redis.zremrangebyscore(key, '-inf', now)
        await this.#put(key, String(now + TTL), this.#name)
      })
    })
  }

  /** The list expires with its last entry, also when nobody deletes it. */
  async #put(key: string, expiry: string, name: string): Promise<void> {
    const { redis } = this.connection
    await Promise.all([redis.zadd(key, 'GT', expiry, name), redis.pexpire(key, TTL)])
  }

  /** The time by the server's clock, ms. */
  async #now(): Promise<number> {
    const [seconds, micros] = await this.connection.redis.time()
    return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000)
  }

  /** The namespace's list comes first: a queue that is registered meanwhile copies it. */
  async #each(act: (key: string) => Promise<unknown>): Promise<void> {
    await act(this.space.listeners)
    const queues = await this.connection.redis.smembers(this.space.queues)
    await Promise.all(
      queues.map(async (queue) => {
        try {
          await act(this.keysOf(queue).key('listeners'))
        } catch (error) {
          // The other queues are heard all the same.
          if (!isWrongType(error)) throw error
        }
      }),
    )
  }
}
