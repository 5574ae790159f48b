import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Subscription } from '../../../util/subscription.js'
import type { NamespaceKeys, TaggedKeys } from '../layout/keys.js'
import { EventChannels } from './event-channels.js'
import type { LookUp, TaskEventListener } from './event-reader.js'
import { EventReader } from './event-reader.js'
import type { Announcement } from './new-queues.js'
import { readAnnouncement } from './new-queues.js'
import type { QueueRegistry } from './queue-registry.js'
import type { Connection } from './connection.js'
import { isWrongType } from './redis-errors.js'
import { serverTime } from './server-time.js'
import type { Subscriber } from './subscriber.js'
import { clearInterval, setInterval } from '../../../util/timers.js'

/** Time for which a listener counts without renewing its entry, ms. */
const TTL = 15_000

/** What the listeners of a broker need of it. */
export interface ListenerParts {
  readonly connection: Connection
  /** For the channels of queues. */
  readonly subscriber: Subscriber
  readonly space: NamespaceKeys
  readonly registry: QueueRegistry
  readonly keysOf: (queue: string) => TaggedKeys
}

/**
 * The listeners to task events. Scripts publish the events of a queue only while the queue's list of listeners has a valid
 * entry. A listener adds itself to the list of the namespace first; then it subscribes to the channels of all queues, and adds
 * itself to their lists. Whoever makes a new queue enters it into the list of all queues first; then it announces the queue to
 * the listeners of the namespace, waits until they have subscribed to its channel, and copies their list. So no listener
 * misses a queue, whichever of the two comes first.
 */
export class EventListeners {
  readonly #name = randomUUID()
  readonly #readers = new Set<EventReader>()
  readonly #channels: EventChannels
  #announcements: Promise<Subscription> | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly parts: ListenerParts,
    /** Hears the announcements of new queues. */
    private readonly announcer: Subscriber,
  ) {
    const { connection, subscriber, keysOf } = parts
    this.#channels = new EventChannels(
      subscriber,
      (queue) => keysOf(queue).channels,
      (message) => {
        for (const reader of [...this.#readers]) reader.receive(message)
      },
    )
    // The server may have lost the lists with the connection.
    connection.onReady(() => {
      this.#enterAgain()
    })
  }

  /** Resolves when the subscription is in force for all queues. Its `close` is safe to call twice. */
  async listen(lookUp: LookUp, listener: TaskEventListener): Promise<Subscription> {
    const reader = new EventReader(lookUp, listener)
    this.#readers.add(reader)
    const close = async (): Promise<void> => {
      reader.close()
      if (this.#readers.delete(reader) && this.#readers.size === 0) await this.close()
    }
    try {
      await this.#hearAnnouncements()
      await this.#enter()
    } catch (error) {
      await close()
      throw error
    }
    this.#timer ??= setInterval(() => {
      this.#enterAgain()
    }, TTL / 3).unref()
    return { close, [Symbol.asyncDispose]: close }
  }

  /**
   * All of it begins at once: a listener that comes meanwhile subscribes anew. The queues are left alone, so their scripts publish
   * until the entry would have expired: another process may just have begun to listen.
   */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#readers.clear()
    const announcements = this.#announcements
    this.#announcements = null
    const { connection, space } = this.parts
    const redis = connection.readyAt(space.listeners)
    if (!redis) return
    await Promise.allSettled([
      redis.zrem(space.listeners, this.#name),
      announcements?.then(async (subscription) => {
        await subscription.close()
      }),
      this.#channels.close(),
    ])
  }

  async #hearAnnouncements(): Promise<void> {
    this.#announcements ??= this.announcer.subscribe(
      this.parts.space.announcements,
      (message) => {
        this.#hearNew(readAnnouncement(message)).catch(() => undefined)
      },
      () => {
        this.#enterAgain()
      },
    )
    const announcements = this.#announcements
    try {
      await announcements
    } catch (error) {
      if (this.#announcements === announcements) this.#announcements = null
      throw error
    }
  }

  /** Hears a new queue, and says so. What fails here is done by the next look at the list of all queues. */
  async #hearNew({ queue, answers }: Announcement): Promise<void> {
    if (this.#readers.size === 0) return
    await this.#channels.hear(queue)
    await this.parts.connection.publishInSlot(answers, Buffer.from(this.#name))
  }

  /** Enters anew, while anyone listens: entries expire, and announcements get lost with the connection. */
  #enterAgain(): void {
    if (this.#readers.size > 0) this.#enter().catch(() => undefined)
  }

  async #enter(): Promise<void> {
    const { connection, space, registry } = this.parts
    await connection.attempt(space.listeners, async (redis) => {
      const now = await serverTime(redis)
      await redis.zremrangebyscore(space.listeners, '-inf', now)
      // The list expires with its last entry, also when nobody deletes it. It comes first: a queue that is registered
      // meanwhile is announced to those that it has.
      await Promise.all([
        redis.zadd(space.listeners, 'GT', String(now + TTL), this.#name),
        redis.pexpire(space.listeners, TTL),
      ])
    })
    const queues = await registry.queues()
    if (this.#readers.size === 0) return
    await Promise.all(queues.map(async (queue) => await this.#channels.hear(queue)))
    await this.#letPublish(queues)
    await this.#channels.leaveGone(queues)
  }

  /** Lets the scripts of queues publish events until the entry expires, each by the clock of its own server. */
  async #letPublish(queues: readonly string[]): Promise<void> {
    const { connection, registry } = this.parts
    const times = new Map<Redis, Promise<number>>()
    const write = async (redis: Redis, state: string): Promise<void> => {
      const time = times.get(redis) ?? serverTime(redis)
      times.set(redis, time)
      try {
        await redis.hset(state, 'E', String((await time) + TTL))
      } catch (error) {
        times.delete(redis)
        // The other queues are heard all the same.
        if (!isWrongType(error)) throw error
      }
    }
    await Promise.all(
      queues.map(async (queue) => {
        const state = registry.stateOf(queue)
        await connection.attempt(state, async (redis) => {
          await write(redis, state)
        })
      }),
    )
  }
}
