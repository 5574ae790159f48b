import { readEmbeddedUrl } from '../brokers/embedded/embedded-url.js'
import type { EmbeddedLocation } from '../brokers/embedded/embedded-url.js'
import { Store } from '../brokers/embedded/store.js'
import { Subscriptions } from '../brokers/embedded/subscriptions.js'
import { ClosedError } from '../errors.js'
import type { Clock } from '../util/clock.js'
import { SYSTEM_CLOCK } from '../util/clock.js'
import type { Encoded } from '../util/encoded.js'
import type { Subscription } from '../util/subscription.js'
import type { PubSubListener } from './pub-sub.js'
import { PubSub } from './pub-sub.js'

interface Published {
  readonly event: string
  readonly payload: Encoded
}

/** Messages between processes that share a directory; in the same store as the embedded broker. Made by the wiring. */
export class EmbeddedPubSub extends PubSub {
  readonly #location: EmbeddedLocation
  readonly #subscriptions = new Subscriptions()
  #store: Store | null = null
  #closed = false

  /**
   * @param clock - of the store, where this opens it
   * @throws {@link InvalidUrlError}
   */
  constructor(
    url: string,
    private readonly clock: Clock = SYSTEM_CLOCK,
  ) {
    super()
    this.#location = readEmbeddedUrl(url)
  }

  async publish(channel: string, event: string, payloads: readonly Encoded[]): Promise<void> {
    const store = this.#open()
    const name = this.#named(channel)
    if (!(await store.writer.read(() => store.mailbox.isHeard('channel', name)))) return
    const messages = payloads.map((payload): Published => ({ event, payload }))
    await store.writer.write((after) => store.mailbox.notify('channel', name, messages, after))
  }

  async subscribe(channel: string, listener: PubSubListener): Promise<Subscription> {
    const stop = await this.#open().mailbox.listen('channel', this.#named(channel), {
      receive(message) {
        const { event, payload } = message as Published
        listener(event, typeof payload === 'string' ? Buffer.from(payload) : payload)
      },
    })
    return this.#subscriptions.add(stop)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#subscriptions.close()
    const store = this.#store
    this.#store = null
    await store?.release()
  }

  #open(): Store {
    if (this.#closed) throw new ClosedError('embedded pub/sub')
    return (this.#store ??= Store.open(this.#location, this.clock))
  }

  #named(channel: string): string {
    return `${this.#location.namespace}\n${channel}`
  }
}
