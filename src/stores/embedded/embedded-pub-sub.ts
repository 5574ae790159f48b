import { StoreHandle } from './store-handle.js'
import type { Clock } from '../../util/clock.js'
import { SYSTEM_CLOCK } from '../../util/clock.js'
import type { Encoded } from '../../model/encoded.js'
import { toBytes } from '../../model/encoded.js'
import type { Subscription } from '../../util/subscription.js'
import type { PubSubListener } from '../pub-sub.js'
import { checkPayloads } from '../check-payloads.js'
import { PubSub } from '../pub-sub.js'

/** One published payload, as its notice carries it. */
interface Published {
  readonly event: string
  readonly payload: Encoded
}

/** Pub/sub between processes that share a directory, in the same store as the embedded broker. Created by the wiring. */
export class EmbeddedPubSub extends PubSub {
  readonly #handle: StoreHandle

  /**
   * @param clock - of the store, if it is not open yet
   * @throws {@link InvalidUrlError}
   */
  constructor(url: string, clock: Clock = SYSTEM_CLOCK) {
    super()
    this.#handle = new StoreHandle(url, clock, 'embedded pub/sub')
  }

  async publish(channel: string, event: string, payloads: readonly Encoded[]): Promise<0 | undefined> {
    checkPayloads(payloads)
    const store = this.#handle.open()
    const name = this.#handle.qualified(channel)
    if (!(await store.queue.read(() => store.notifier.isHeard('channel', name)))) return 0
    const messages = payloads.map((payload): Published => ({ event, payload }))
    await store.queue.write((afterCommit) => store.notifier.notify('channel', name, messages, afterCommit))
    return undefined
  }

  async subscribe(channel: string, listener: PubSubListener): Promise<Subscription> {
    return await this.#handle.listen('channel', this.#handle.qualified(channel), {
      receive(message) {
        const { event, payload } = message as Published
        listener(event, toBytes(payload))
      },
    })
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}
