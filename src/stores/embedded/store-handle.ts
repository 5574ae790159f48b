import { ClosedError } from '../../errors.js'
import type { Clock } from '../../util/clock.js'
import type { Subscription } from '../../util/subscription.js'
import type { EmbeddedLocation } from './database/embedded-url.js'
import { readEmbeddedUrl } from './database/embedded-url.js'
import type { Receiver, ReceiverKind } from './notices/receivers.js'
import { Store } from './store.js'
import { Subscriptions } from './subscriptions.js'

/**
 * The use that one broker, pub/sub or permit store makes of the store at its URL. Made by each of them: opens the store on
 * first use, and releases it once, with all that was listened to.
 */
export class StoreHandle {
  readonly location: EmbeddedLocation
  readonly #subscriptions = new Subscriptions()
  #store: Store | null = null
  #closed = false

  /**
   * @param clock - of the store, if it is not open yet
   * @param user - names the owner of this handle in errors
   * @throws {@link InvalidUrlError}
   */
  constructor(
    url: string,
    private readonly clock: Clock,
    private readonly user: string,
  ) {
    this.location = readEmbeddedUrl(url)
  }

  /** The store, one and the same each time. @throws {@link ClosedError}, and what opening a store throws */
  open(): Store {
    if (this.#closed) throw new ClosedError(this.user)
    return (this.#store ??= Store.open(this.location, this.clock))
  }

  /** A name together with its namespace, as the databases keep it. */
  qualified(name: string): string {
    return `${this.location.namespace}\n${name}`
  }

  /** Hears what is addressed to `name`, until the subscription or this is closed. */
  async listen(kind: ReceiverKind, name: string, receiver: Receiver): Promise<Subscription> {
    const stop = await this.open().notifier.listen(kind, name, receiver)
    const subscription = this.#subscriptions.add(stop)
    if (!this.#closed) return subscription
    await subscription.close()
    throw new ClosedError(this.user)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    try {
      await this.#subscriptions.close()
    } finally {
      const store = this.#store
      this.#store = null
      await store?.release()
    }
  }
}
