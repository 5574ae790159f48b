import type { Redis } from 'ioredis'
import type { RedisLocation } from './redis-url.js'
import { connect } from './redis-connection.js'

type Listener = (message: Buffer) => void

interface Channel {
  readonly listeners: Set<Listener>
  /** Settles when the server has confirmed the subscription on the present connection. */
  subscribed: Promise<void>
}

const PING_EVERY = 5_000

/**
 * The subscriber connection of one broker or pub/sub, opened when something is first listened to. After a reconnection it
 * subscribes again and says so: messages in between are lost.
 */
export class RedisSubscriber {
  readonly #channels = new Map<string, Channel>()
  readonly #onReconnect = new Set<() => void>()
  #redis: Redis | null = null
  #connected: Promise<void> | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(private readonly location: RedisLocation) {}

  /** Resolves when in force. @returns ends it */
  async listen(channel: string, listener: Listener, onReconnect?: () => void): Promise<() => Promise<void>> {
    const redis = await this.#open()
    let entry = this.#channels.get(channel)
    if (!entry) {
      entry = { listeners: new Set(), subscribed: redis.subscribe(channel).then(() => undefined) }
      this.#channels.set(channel, entry)
    }
    entry.listeners.add(listener)
    if (onReconnect) this.#onReconnect.add(onReconnect)
    try {
      await entry.subscribed
    } catch (error) {
      if (entry.listeners.size === 1) this.#channels.delete(channel)
      throw error
    }
    return async () => {
      if (onReconnect) this.#onReconnect.delete(onReconnect)
      entry.listeners.delete(listener)
      if (entry.listeners.size > 0 || this.#channels.get(channel) !== entry) return
      this.#channels.delete(channel)
      await redis.unsubscribe(channel).catch(() => undefined)
    }
  }

  close(): void {
    clearInterval(this.#timer)
    this.#redis?.disconnect()
    this.#channels.clear()
  }

  async #open(): Promise<Redis> {
    if (!this.#redis) {
      const redis = connect(this.location, 'pulsar-queue-subscriber')
      this.#redis = redis
      redis.on('error', () => undefined)
      redis.on('messageBuffer', (channel: Buffer, message: Buffer) => {
        for (const listener of [...(this.#channels.get(channel.toString())?.listeners ?? [])]) listener(message)
      })
      // A subscriber is owed nothing, so a half-open connection would never be noticed without a question.
      this.#timer = setInterval(() => {
        if (redis.status === 'ready') redis.ping().catch(() => undefined)
      }, PING_EVERY).unref()
      this.#connected = new Promise((resolve) => {
        redis.on('ready', () => {
          if (this.#channels.size > 0) void this.#resubscribe(redis)
          resolve()
        })
      })
      redis.connect().catch(() => undefined)
    }
    await this.#connected
    return this.#redis
  }

  async #resubscribe(redis: Redis): Promise<void> {
    try {
      await redis.subscribe(...this.#channels.keys())
      for (const told of [...this.#onReconnect]) told()
    } catch {
      // The connection was lost once more: the next one subscribes.
    }
  }
}
