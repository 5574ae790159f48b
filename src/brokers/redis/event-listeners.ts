import { randomUUID } from 'node:crypto'
import type { TaskRecord } from '../../model/task-record.js'
import type { TaskEvent } from '../broker.js'
import { unframe } from './frames.js'
import type { NamespaceKeys, QueueKeys } from './keys.js'
import { recordOf } from './records.js'
import type { RedisConnection } from './redis-connection.js'
import type { RedisSubscriber } from './redis-subscriber.js'

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
  ) {}

  /** Resolves when in force for all queues. @returns ends it */
  async listen(listener: Listener): Promise<() => Promise<void>> {
    const stop = await this.subscriber.listen(`${this.space.channels}events`, (message) => {
      const parts = unframe(message)
      for (let i = 0; i + 3 < parts.length; i += 4) {
        const [event, queue, id] = parts.slice(i, i + 3).map(String)
        const value = parts[i + 3]
        if (value) listener(event as TaskEvent, recordOf(queue ?? '', id ?? '', value))
      }
    })
    this.#count += 1
    await this.#enter()
    this.#timer ??= setInterval(() => {
      this.#enter().catch(() => undefined)
    }, TTL / 3).unref()
    return async () => {
      await stop()
      this.#count -= 1
      if (this.#count === 0) await this.close()
    }
  }

  /** Makes a queue known, and known to it who listens. */
  async register(queue: string): Promise<void> {
    await this.connection.attempt(async () => {
      const { redis } = this.connection
      await redis.sadd(this.space.queues, queue)
      const listeners = await redis.zrangebyscore(this.space.listeners, Date.now() - TTL, '+inf', 'WITHSCORES')
      for (let i = 0; i < listeners.length; i += 2) {
        await redis.zadd(this.keysOf(queue).listeners, listeners[i + 1] ?? '0', listeners[i] ?? '')
      }
    })
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    if (this.connection.redis.status !== 'ready') return
    const { redis } = this.connection
    await this.#each(async (key) => await redis.zrem(key, this.#name)).catch(() => undefined)
  }

  async #enter(): Promise<void> {
    await this.connection.attempt(async () => {
      const { redis } = this.connection
      const [seconds] = await redis.time()
      const now = Number(seconds) * 1_000
      await this.#each(async (key) => {
        await redis.zremrangebyscore(key, '-inf', now)
        await redis.zadd(key, now + TTL, this.#name)
      })
    })
  }

  /** The namespace's list first: a queue that is made known meanwhile copies it. */
  async #each(act: (key: string) => Promise<unknown>): Promise<void> {
    await act(this.space.listeners)
    const queues = await this.connection.redis.smembers(this.space.queues)
    await Promise.all(queues.map((queue) => act(this.keysOf(queue).listeners)))
  }
}
