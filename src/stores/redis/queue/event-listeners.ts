import { randomUUID } from 'node:crypto'
import type { TaskRecord } from '../../../model/task-record.js'
import type { TaskEvent } from '../../broker.js'
import { unframe } from '../layout/frames.js'
import type { NamespaceKeys, QueueKeys } from '../layout/keys.js'
import { recordOf } from '../layout/records.js'
import type { RedisConnection } from '../connection/redis-connection.js'
import type { RedisSubscriber } from '../connection/redis-subscriber.js'

type Listener = (event: TaskEvent, record: TaskRecord) => void

/** How long a listener counts without saying that it is still there, ms. */
const TTL = 15_000

/**
 * Who listens to task events. Scripts publish them only where a queue's own list of listeners has someone in force; a
 * listener enters itself in the list of the namespace and then in those of all queues, and whoever makes a queue known
 * copies the list of the namespace into it: whichever comes first, the other one finds it.
 */
export class EventListeners {
  readonly #name = randomUUID()
  #count = 0
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly connection: RedisConnection,
    private readonly subscriber: RedisSubscriber,
    private readonly space: NamespaceKeys,
    private readonly keysOf: (queue: string) => QueueKeys,
  ) {
    // The server may have lost the lists with the connection.
    connection.redis.on('ready', () => {
      if (this.#count > 0) this.#enter().catch(() => undefined)
    })
  }

  /** Resolves when in force for all queues. @returns ends it; safe to call twice */
  async listen(listener: Listener): Promise<() => Promise<void>> {
    const unsubscribe = await this.subscriber.listen(`${this.space.channels}events`, (message) => {
      const parts = unframe(message)
      for (let i = 0; i + 3 < parts.length; i += 4) {
        const [event, queue, id] = parts.slice(i, i + 3).map(String)
        const value = parts[i + 3]
        if (value) listener(event as TaskEvent, recordOf(queue ?? '', id ?? '', value))
      }
    })
    let isOpen = true
    const stop = async (): Promise<void> => {
      if (!isOpen) return
      isOpen = false
      this.#count -= 1
      await unsubscribe()
      if (this.#count === 0) await this.close()
    }
    this.#count += 1
    try {
      await this.#enter()
    } catch (error) {
      await stop()
      throw error
    }
    this.#timer ??= setInterval(() => {
      this.#enter().catch(() => undefined)
    }, TTL / 3).unref()
    return stop
  }

  /** Makes a queue known, and known to it who listens. */
  async register(queue: string): Promise<void> {
    await this.connection.attempt(async () => {
      const { redis } = this.connection
      await redis.sadd(this.space.queues, queue)
      const listeners = await redis.zrangebyscore(this.space.listeners, '-inf', '+inf', 'WITHSCORES')
      if (listeners.length === 0) return
      const now = await this.#now()
      for (let i = 0; i < listeners.length; i += 2) {
        const [name = '', expiry = '0'] = listeners.slice(i, i + 2)
        if (Number(expiry) > now) await this.#put(this.keysOf(queue).listeners, expiry, name)
      }
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

  async #enter(): Promise<void> {
    await this.connection.attempt(async () => {
      const now = await this.#now()
      await this.#each(async (key) => {
        await this.connection.redis.zremrangebyscore(key, '-inf', now)
        await this.#put(key, String(now + TTL), this.#name)
      })
    })
  }

  /** The list goes with the last who is in it, also when nobody tidies up. */
  async #put(key: string, expiry: string, name: string): Promise<void> {
    const { redis } = this.connection
    await Promise.all([redis.zadd(key, expiry, name), redis.pexpire(key, TTL)])
  }

  /** Server's clock, ms. */
  async #now(): Promise<number> {
    const [seconds, micros] = await this.connection.redis.time()
    return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000)
  }

  /** The namespace's list first: a queue that is made known meanwhile copies it. */
  async #each(act: (key: string) => Promise<unknown>): Promise<void> {
    await act(this.space.listeners)
    const queues = await this.connection.redis.smembers(this.space.queues)
    await Promise.all(queues.map((queue) => act(this.keysOf(queue).listeners)))
  }
}
