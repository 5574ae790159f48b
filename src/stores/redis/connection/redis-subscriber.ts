import { Backoff } from '../../../util/backoff.js'
import type { Subscription } from '../../../util/subscription.js'
import type { Listener, Subscriber } from './subscriber.js'
import { isolated } from '../../isolated.js'
import { errorMessage } from '../../../util/thrown.js'
import { pause } from '../../../util/timers.js'
import type { ChannelKind } from './channel-kinds.js'
import { CHANNEL_KINDS } from './channel-kinds.js'
import { ping } from './ping.js'
import { RedisConnection } from './redis-connection.js'
import { isAftermath } from './redis-errors.js'
import type { RedisLocation } from './redis-location.js'

/** About the first and the longest pause before a subscription that was refused is tried again, ms. */
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 5_000
/** Silence after which the connection is pinged, ms: only a ping shows that it is half-open, which is found so within 10 s. */
const PING_WHEN_IDLE = 4_000

const NOBODY: readonly Listener[] = []

/**
 * A subscriber connection, opened with the first subscription. After a reconnection it subscribes again, and reports that to
 * listeners that asked for it, since messages in between are lost.
 */
export class RedisSubscriber implements Subscriber {
  /** Listeners by channel. A list is replaced, and never changed: a message goes to those who listened when it came. */
  readonly #channels = new Map<string, readonly Listener[]>()
  readonly #onReconnect = new Set<() => void>()
  readonly #connection: RedisConnection
  readonly #closing = new AbortController()
  readonly #kind: (typeof CHANNEL_KINDS)[ChannelKind]
  #wasReady = false

  constructor(location: RedisLocation, kind: ChannelKind) {
    this.#kind = CHANNEL_KINDS[kind]
    this.#connection = new RedisConnection(location, 'pulsar-queue-subscriber', PING_WHEN_IDLE)
    const { redis } = this.#connection
    redis.on(this.#kind.message, (channel: Buffer, message: Buffer) => {
      for (const listener of this.#channels.get(channel.toString()) ?? NOBODY) isolated(listener, message)
    })
    redis.on('ready', () => {
      if (this.#wasReady) void this.#resubscribe()
      this.#wasReady = true
    })
  }

  async subscribe(channel: string, listener: Listener, onReconnect?: () => void): Promise<Subscription> {
    // A new function for each subscription, since the same listener may subscribe twice.
    const receive: Listener = (message) => {
      listener(message)
    }
    this.#channels.set(channel, [...(this.#channels.get(channel) ?? NOBODY), receive])
    const close = async (): Promise<void> => {
      if (onReconnect) this.#onReconnect.delete(onReconnect)
      const listeners = this.#channels.get(channel) ?? NOBODY
      if (!listeners.includes(receive)) return
      const others = listeners.filter((listener) => listener !== receive)
      if (others.length > 0) {
        this.#channels.set(channel, others)
        return
      }
      this.#channels.delete(channel)
      const { redis } = this.#connection
      if (redis.status === 'ready') await redis[this.#kind.unsubscribe](channel).catch(() => undefined)
    }
    try {
      await this.#connection.attempt(channel, async (redis) => await redis[this.#kind.subscribe](channel))
    } catch (error) {
      await close()
      throw error
    }
    if (onReconnect) this.#onReconnect.add(onReconnect)
    return { close, [Symbol.asyncDispose]: close }
  }

  async connect(): Promise<void> {
    await this.#connection.attempt('', ping)
  }

  onReconnect(call: () => void): () => void {
    this.#onReconnect.add(call)
    return () => this.#onReconnect.delete(call)
  }

  async close(): Promise<void> {
    this.#channels.clear()
    this.#closing.abort()
    await this.#connection.close()
  }

  /** Until it works, or the connection was lost again: the next one subscribes. */
  async #resubscribe(): Promise<void> {
    const { redis } = this.#connection
    const { stream } = redis
    const backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE)
    while (redis.status === 'ready' && redis.stream === stream) {
      try {
        await Promise.all(this.#slots().map(async (channels) => await redis[this.#kind.subscribe](...channels)))
        for (const onReconnect of [...this.#onReconnect]) isolated(onReconnect)
        return
      } catch (error) {
        if (backoff.failures === 0 && error instanceof Error && !isAftermath(error)) {
          process.emitWarning(`the subscriptions to Redis are refused, will try again: ${errorMessage(error)}`)
        }
        await pause(backoff.failed(), this.#closing.signal)
      }
    }
  }

  /** The channels by their hash tags: one command of a cluster names channels of one slot. */
  #slots(): string[][] {
    const slots = new Map<string, string[]>()
    for (const channel of this.#channels.keys()) {
      const tag = channel.slice(0, channel.indexOf('}') + 1)
      const channels = slots.get(tag)
      if (channels) channels.push(channel)
      else slots.set(tag, [channel])
    }
    return [...slots.values()]
  }
}
