import { randomUUID } from 'node:crypto'
import type { Subscription } from '../../../util/subscription.js'
import type { NamespaceKeys } from '../layout/keys.js'
import type { LookUp, TaskEventListener } from './event-reader.js'
import { EventReader } from './event-reader.js'
import type { QueueRegistry } from './queue-registry.js'
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
    private readonly registry: QueueRegistry,
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

  async #enter(): Promise<void> {
    await this.connection.attempt(async () => {
      const { redis } = this.connection
      const now = await this.registry.now()
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
    const queues = await this.registry.queues()
    await Promise.all(
      queues.map(async (queue) => {
        try {
          await this.connection.redis.hset(this.registry.stateOf(queue), 'E', expiry)
        } catch (error) {
          // The other queues are heard all the same.
          if (!isWrongType(error)) throw error
        }
      }),
    )
  }
}
