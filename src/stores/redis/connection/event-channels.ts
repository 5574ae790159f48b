import type { Subscription } from '../../../util/subscription.js'
import { performance } from '../../../util/timers.js'
import type { Subscriber } from './subscriber.js'

/** Time for which a queue has to be missing in the list of all queues before it is not heard any more, ms. */
const LEAVE_AFTER = 10_000

/** The channels of task events, one a queue. */
export class EventChannels {
  readonly #channels = new Map<string, Promise<Subscription>>()
  /** Local time since which queues that are heard are missing in the list of all queues, ms. */
  readonly #missing = new Map<string, number>()

  constructor(
    private readonly subscriber: Subscriber,
    /** The prefix of a queue's channels. */
    private readonly channelsOf: (queue: string) => string,
    private readonly receive: (message: Buffer) => void,
  ) {}

  /** Resolves when the events of a queue are heard. */
  async hear(queue: string): Promise<void> {
    let channel = this.#channels.get(queue)
    if (!channel) {
      channel = this.subscriber.subscribe(`${this.channelsOf(queue)}ev`, this.receive)
      this.#channels.set(queue, channel)
    }
    try {
      await channel
    } catch (error) {
      // The next one tries again.
      if (this.#channels.get(queue) === channel) this.#channels.delete(queue)
      throw error
    }
  }

  /**
   * Leaves the channels of queues that are gone: of those that were missing before, too. A queue that is used again while it is
   * being removed is missing for a moment only.
   *
   * @param queues - the list of all queues
   */
  async leaveGone(queues: readonly string[]): Promise<void> {
    const known = new Set(queues)
    const now = performance.now()
    for (const queue of this.#channels.keys()) {
      const since = known.has(queue) ? undefined : (this.#missing.get(queue) ?? now)
      if (since === undefined) this.#missing.delete(queue)
      else this.#missing.set(queue, since)
      if (since !== undefined && now - since >= LEAVE_AFTER) await this.#leave(queue)
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#channels.keys()].map(async (queue) => await this.#leave(queue)))
  }

  async #leave(queue: string): Promise<void> {
    const channel = this.#channels.get(queue)
    this.#channels.delete(queue)
    this.#missing.delete(queue)
    // What cannot be subscribed to needs not be left.
    const subscription = await channel?.catch(() => null)
    await subscription?.close()
  }
}
