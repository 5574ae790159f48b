import type { Encoded } from '../model/encoded.js'
import type { Subscription } from '../util/subscription.js'
import { shareClass } from '../util/shared-class.js'

/**
 * Called once for each message that is published on the channel while the subscription is in force. An error that it throws
 * becomes a warning of the process, and keeps no message from it or from others.
 */
export type PubSubListener = (event: string, payload: Uint8Array) => void

/**
 * Messages to the subscribers of the moment; nothing is stored. Injection token and contract: rebind `PubSub` to carry events
 * by another system.
 *
 * A channel is an exact name (a message type: `task`, `consumer`, `tweet`); the implementation adds the namespace of the
 * store. Messages of one publisher on one channel arrive in order. A subscription survives reconnections; messages that are
 * published in between are lost.
 */
export abstract class PubSub {
  /**
   * Publishes each payload under the event's name. Resolves when the store has accepted them. A payload may arrive twice where
   * the connection breaks.
   *
   * @returns the number of subscribers, where that is known; what is published over and over is published less often while
   *   it is 0
   * @throws {@link InvalidOptionError} for a payload of more than 16 MiB; then none is published
   */
  abstract publish(channel: string, event: string, payloads: readonly Encoded[]): Promise<unknown>

  /** Resolves when the subscription is in force: all messages that are published from then on are delivered. */
  abstract subscribe(channel: string, listener: PubSubListener): Promise<Subscription>

  /** Ends all subscriptions and closes the connections that it opened. Safe to call twice. */
  abstract close(): Promise<void>
}
shareClass(PubSub, 'PubSub')
