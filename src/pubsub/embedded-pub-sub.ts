import { readEmbeddedUrl } from '../brokers/embedded/embedded-url.js'
import type { EmbeddedLocation } from '../brokers/embedded/embedded-url.js'
import { Store } from '../brokers/embedded/store.js'
import { ClosedError } from '../errors.js'
import type { Encoded } from '../util/encoded.js'
import type { Subscription } from '../util/subscription.js'
import type { PubSubListener } from './pub-sub.js'
import { PubSub } from './pub-sub.js'

interface Published {
  readonly event: string
  readonly payload: Encoded
}

/** Messages between processes that share a directory; in the same store as the embedded broker. */
export class EmbeddedPubSub extends PubSub {
  readonly #location: EmbeddedLocation
  readonly #subscriptions = new Set<Subscription>()
  #store: Store | null = null
  #closed = false

  /** @throws {@link InvalidUrlError} */
  constructor(url: string) {
    super()
    this.#location = readEmbeddedUrl(url)
  }

  async publish(channel: string, event: string, payloads: readonly Encoded[]): Promise<void> {
    const store = this.#open()
    const messages = payloads.map((payload): Published => ({ event, payload }))
    await store.writer.write((after) => store.notify('channel', this.#named(channel), messages, after))
  }

  async subscribe(channel: string, listener: PubSubListener): Promise<Subscription> {
    const stop = await this.#open().listen('channel', this.#named(channel), (message) => {
      const { event, payload } = message as Published
      listener(event, typeof payload === 'string' ? Buffer.from(payload) : payload)
    })
    const close = async (): Promise<void> => {
      if (this.#subscriptions.delete(subscription)) await stop()
    }
    const subscription: Subscription = { close, [Symbol.asyncDispose]: close }
    this.#subscriptions.add(subscription)
    return subscription
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const subscription of [...this.#subscriptions]) await subscription.close()
    await this.#store?.release()
    this.#store = null
  }

  #open(): Store {
    if (this.#closed) throw new ClosedError('pub/sub')
    return (this.#store ??= Store.open(this.#location))
  }

  #named(channel: string): string {
    return `${this.#location.namespace}\n${channel}`
  }
}
