import { ClosedError } from '../../errors.js'
import type { Clock } from '../../util/clock.js'
import type { Subscription } from '../../util/subscription.js'
import type { DurabilityName } from '../../model/durability.js'
import type { EmbeddedLocation } from './database/embedded-url.js'
import { readEmbeddedUrl } from './database/embedded-url.js'
import type { Receiver, ReceiverKind } from './notices/receivers.js'
import { Store } from './store.js'
import { Subscriptions } from './subscriptions.js'

/**
 * One broker's, pub/sub's or permit store's use of the store at its URL. Opens the store on first use. `close()` releases it,
 * and ends the subscriptions of this user.
 */
export class StoreHandle {
  readonly location: EmbeddedLocation
  readonly #subscriptions = new Subscriptions()
  #store: Store | null = null
  #closed = false

  /**
   * @param clock - of the store, if it is not open yet
   * @param user - names the owner of this handle in errors
   * @param durability - the setting
   * @throws {@link InvalidUrlError}, {@link InvalidSettingError}
   */
  constructor(
    url: string,
    private readonly clock: Clock,
    private readonly user: string,
    durability: DurabilityName | null = null,
  ) {
    this.location = readEmbeddedUrl(url, durability)
  }

  /** The store, the same one in each call. @throws {@link ClosedError}, and what opening a store throws */
  open(): Store {
    if (this.#closed) throw new ClosedError(this.user)
    return (this.#store ??= Store.open(this.location, this.clock))
  }

  /** A name with its namespace, as the databases store it. */
  qualified(name: string): string {
    return `${this.location.namespace}\n${name}`
  }

  /** Subscribes to the messages for a name, until the subscription or this handle is closed. */
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
