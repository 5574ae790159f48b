import { ClosedError } from '../../errors.js'
import type { Encoded } from '../../model/encoded.js'
import type { Subscription } from '../../util/subscription.js'
import type { PubSubListener } from '../pub-sub.js'
import { PubSub } from '../pub-sub.js'
import type { StoreOptions } from '../../model/store-options.js'
import { checkPayloads } from '../check-payloads.js'
import { isolated } from '../isolated.js'
import { RedisConnection } from './connection/redis-connection.js'
import { RedisSubscriber } from './connection/redis-subscriber.js'
import { readRedisUrl } from './connection/redis-url.js'
import { chunkPayloads } from './layout/chunks.js'
import { frame, unframe } from './layout/frames.js'
import { NamespaceKeys } from './layout/keys.js'

/** Messages through Redis. Created by the wiring; connects on first use. */
export class RedisPubSub extends PubSub {
  readonly #connection: RedisConnection
  readonly #subscriber: RedisSubscriber
  readonly #prefix: string
  #closed = false

  /** @throws {@link InvalidUrlError} */
  constructor(url: string, options?: StoreOptions) {
    super()
    const location = readRedisUrl(url, options)
    this.#connection = new RedisConnection(location, 'pulsar-queue')
    this.#subscriber = new RedisSubscriber(location, 'plain')
    this.#prefix = `${new NamespaceKeys(location.namespace).channels}channel:`
  }

  async publish(channel: string, event: string, payloads: readonly Encoded[]): Promise<number> {
    checkPayloads(payloads)
    const messages = chunkPayloads(payloads).map((some) => frame([event, ...some]))
    const subscribers = await Promise.all(
      messages.map((message) => this.#connection.publish(this.#prefix + channel, message)),
    )
    return Math.max(0, ...subscribers)
  }

  async subscribe(channel: string, listener: PubSubListener): Promise<Subscription> {
    if (this.#closed) throw new ClosedError('Redis pub/sub')
    return await this.#subscriber.subscribe(this.#prefix + channel, (message) => {
      const [event, ...payloads] = unframe(message)
      for (const payload of payloads) {
        isolated(() => {
          listener(String(event), payload)
        })
      }
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([this.#subscriber.close(), this.#connection.close()])
  }
}
