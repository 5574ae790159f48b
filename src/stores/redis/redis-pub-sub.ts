import { ClosedError } from '../../errors.js'
import type { Encoded } from '../../model/encoded.js'
import type { Subscription } from '../../util/subscription.js'
import type { PubSubListener } from '../pub-sub.js'
import { PubSub } from '../pub-sub.js'
import type { StoreOptions } from '../../model/store-options.js'
import { checkPayloads } from '../check-payloads.js'
import { isolated } from '../isolated.js'
import type { Connection } from './connection/connection.js'
import { readRedisUrl } from './connection/redis-url.js'
import type { Subscriber } from './connection/subscriber.js'
import { chunkPayloads } from './layout/chunks.js'
import { frame, unframe } from './layout/frames.js'
import { NamespaceKeys } from './layout/keys.js'
import type { Links } from './links.js'
import { linksTo } from './links.js'

/** Messages through Redis. Created by the wiring; connects on first use. */
export class RedisPubSub extends PubSub {
  readonly #links: Links
  readonly #connection: Connection
  readonly #subscriber: Subscriber
  /** In a cluster, PUBLISH would count only those who hear the one node that it is sent to. */
  readonly #isSharded: boolean
  readonly #prefix: string
  #closed = false

  /** @throws {@link InvalidUrlError} */
  constructor(url: string, options?: StoreOptions) {
    super()
    const location = readRedisUrl(url, options)
    this.#isSharded = location.kind === 'cluster'
    this.#links = linksTo(location)
    this.#connection = this.#links.connection('pulsar-queue')
    this.#subscriber = this.#links.subscriber(this.#isSharded ? 'sharded' : 'plain')
    this.#prefix = `${new NamespaceKeys(location.namespace).channels}channel:`
  }

  async publish(channel: string, event: string, payloads: readonly Encoded[]): Promise<number> {
    checkPayloads(payloads)
    const messages = chunkPayloads(payloads).map((some) => frame([event, ...some]))
    const name = this.#prefix + channel
    const subscribers = await Promise.all(
      messages.map((message) =>
        this.#isSharded ? this.#connection.publishInSlot(name, message) : this.#connection.publish(name, message),
      ),
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
    await this.#links.close()
  }
}
