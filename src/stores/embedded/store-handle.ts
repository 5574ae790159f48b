import { ClosedError } from '../../errors.js'
import type { Clock } from '../../util/clock.js'
import type { Subscription } from '../../util/subscription.js'
import type { EmbeddedLocation } from './database/embedded-url.js'
import { readEmbeddedUrl } from './database/embedded-url.js'
import type { Receiver, ReceiverKind } from './notices/notifier.js'
import { Store } from './store.js'
import { Subscriptions } from './subscriptions.js'

/**
 * What one broker, pub/sub or lock store has of the store at its URL. Made by each of them: opens it on first use, and
 * lets go of it once, with all that was listened to.
 */
export class StoreHandle {
  readonly location: EmbeddedLocation
  readonly #subscriptions = new Subscriptions()
  #store: Store | null = null
  #closed = false

  /**
   * @param clock - of the store, where this opens it
   * @param user - who has it, for errors
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

  /** A name as it is known beyond its namespace. */
  named(name: string): string {
    return `${this.location.namespace}\n${name}`
  }

  /** Hears what is addressed to `name`, until the subscription or this is closed. */
  async listen(kind: ReceiverKind, name: string, receiver: Receiver): Promise<Subscription> {
    return this.#subscriptions.add(await this.open().mailbox.listen(kind, name, receiver))
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#subscriptions.close()
    const store = this.#store
    this.#store = null
    await store?.release()
  }
}
