import type { Subscription } from '../../../util/subscription.js'
import type { Subscriber } from './subscriber.js'

/** What an inbox hears of one queue. */
interface Channel {
  readonly subscription: Promise<Subscription>
  isInForce: boolean
}

interface Inbox {
  /** Replaced, and never changed. */
  receivers: readonly ((message: Buffer) => void)[]
  /** By queue. */
  readonly channels: Map<string, Channel>
}

/**
 * The open inboxes of one broker. An inbox has a channel in the slot of each queue, and subscribes to it before the first call
 * that makes the queue send it something. These subscriptions end with the inbox.
 */
export class Inboxes {
  readonly #open = new Map<string, Inbox>()

  constructor(
    private readonly subscriber: Subscriber,
    /** The prefix of a queue's channels. */
    private readonly channelsOf: (queue: string) => string,
  ) {}

  /** Resolves when calls may name the inbox. Its `close` is safe to call twice. */
  async open(name: string, listener: (message: Buffer) => void, onReconnect: () => void): Promise<Subscription> {
    await this.subscriber.connect()
    // A new function for each of them, since the same listener may come twice.
    const receive = (message: Buffer): void => {
      listener(message)
    }
    const inbox: Inbox = this.#open.get(name) ?? { receivers: [], channels: new Map() }
    this.#open.set(name, inbox)
    inbox.receivers = [...inbox.receivers, receive]
    const forget = this.subscriber.onReconnect(onReconnect)
    const close = async (): Promise<void> => {
      forget()
      if (!inbox.receivers.includes(receive)) return
      inbox.receivers = inbox.receivers.filter((receiver) => receiver !== receive)
      if (inbox.receivers.length > 0) return
      this.#open.delete(name)
      await Promise.all([...inbox.channels.values()].map(leave))
    }
    return { close, [Symbol.asyncDispose]: close }
  }

  /** Lets an inbox hear a queue. @returns null where it does already, or is not open here; else resolves when it does */
  hear(queue: string, name: string): Promise<void> | null {
    const inbox = this.#open.get(name)
    if (!inbox || inbox.channels.get(queue)?.isInForce === true) return null
    return this.#subscribed(inbox, queue, name)
  }

  async #subscribed(inbox: Inbox, queue: string, name: string): Promise<void> {
    let channel = inbox.channels.get(queue)
    if (!channel) {
      const subscription = this.subscriber.subscribe(`${this.channelsOf(queue)}in:${name}`, (message) => {
        for (const receive of inbox.receivers) receive(message)
      })
      channel = { subscription, isInForce: false }
      inbox.channels.set(queue, channel)
    }
    try {
      await channel.subscription
      channel.isInForce = true
    } catch (error) {
      // The next call tries again.
      if (inbox.channels.get(queue) === channel) inbox.channels.delete(queue)
      throw error
    }
  }
}

async function leave({ subscription, isInForce }: Channel): Promise<void> {
  const left = subscription.then(async (subscribed) => {
    await subscribed.close()
  })
  // One that is not in force yet may wait for the server.
  if (isInForce) await left
  else left.catch(() => undefined)
}
