import type { Subscription } from '../../util/subscription.js'

/** What one broker or pub/sub listens to; all of it ends when that is closed. */
export class Subscriptions {
  readonly #open = new Set<Subscription>()

  /** @param stop - what ends it; called once */
  add(stop: () => Promise<void>): Subscription {
    const close = async (): Promise<void> => {
      if (this.#open.delete(subscription)) await stop()
    }
    const subscription: Subscription = { close, [Symbol.asyncDispose]: close }
    this.#open.add(subscription)
    return subscription
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((subscription) => subscription.close()))
  }
}
