import type { RedisLocation } from './redis-url.js'
import { RedisConnection } from './redis-connection.js'

type Listener = (message: Buffer) => void

/**
 * The subscriber connection of one broker or pub/sub, opened when something is first listened to. After a reconnection it
 * subscribes again and says so: messages in between are lost.
 */
export class RedisSubscriber {
  readonly #channels = new Map<string, Set<Listener>>()
  readonly #onReconnect = new Set<() => void>()
  readonly #connection: RedisConnection
  #wasReady = false

  constructor(location: RedisLocation) {
    this.#connection = new RedisConnection(location, 'pulsar-queue-subscriber')
    const { redis } = this.#connection
    redis.on('messageBuffer', (channel: Buffer, message: Buffer) => {
      for (const listener of [...(this.#channels.get(channel.toString()) ?? [])]) listener(message)
    })
    redis.on('ready', () => {
      if (this.#wasReady && this.#channels.size > 0) void this.#resubscribe()
      this.#wasReady = true
    })
  }

  /**
   * Resolves when in force.
   *
   * @returns ends it; safe to call twice
   * @throws what {@link RedisConnection.attempt} throws
   */
  async listen(channel: string, listener: Listener, onReconnect?: () => void): Promise<() => Promise<void>> {
    // A function of its own: one may listen twice.
    const heard: Listener = (message) => {
      listener(message)
    }
    const listeners = this.#channels.get(channel) ?? new Set()
    this.#channels.set(channel, listeners.add(heard))
    const stop = async (): Promise<void> => {
      if (onReconnect) this.#onReconnect.delete(onReconnect)
      if (!listeners.delete(heard) || listeners.size > 0 || this.#channels.get(channel) !== listeners) return
      this.#channels.delete(channel)
      const { redis } = this.#connection
      if (redis.status === 'ready') await redis.unsubscribe(channel).catch(() => undefined)
    }
    try {
      await this.#connection.attempt(async () => await this.#connection.redis.subscribe(channel))
    } catch (error) {
      await stop()
      throw error
    }
    if (onReconnect) this.#onReconnect.add(onReconnect)
    return stop
  }

  async close(): Promise<void> {
    this.#channels.clear()
    await this.#connection.close()
  }

  async #resubscribe(): Promise<void> {
    try {
      await this.#connection.redis.subscribe(...this.#channels.keys())
      for (const told of [...this.#onReconnect]) told()
    } catch {
      // The connection was lost once more: the next one subscribes.
    }
  }
}
