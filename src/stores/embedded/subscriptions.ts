import { allEnded } from '../../util/all-ended.js'
import type { Subscription } from '../../util/subscription.js'

/** The subscriptions of one broker, pub/sub or permit store. They end when it is closed. Created by its store handle. */
export class Subscriptions {
  readonly #open = new Set<Subscription>()

  /** @param stop - ends the subscription; called once */
  add(stop: () => Promise<void>): Subscription {
    const close = async (): Promise<void> => {
      if (this.#open.delete(subscription)) await stop()
    }
    const subscription: Subscription = { close, [Symbol.asyncDispose]: close }
    this.#open.add(subscription)
    return subscription
  }

  async close(): Promise<void> {
    await allEnded([...this.#open].map((subscription) => subscription.close()))
  }
}
