import type { Encoded } from '../util/encoded.js'
import type { Subscription } from '../util/subscription.js'

/** Called once for each message published on the channel after the subscription was made. */
export type PubSubListener = (event: string, payload: Uint8Array) => void

/**
 * Messages to whoever listens now; nothing is kept. Token and contract: rebind `PubSub` to carry events elsewhere.
 *
 * A channel is an exact name (a message type: `task`, `consumer`, `tweet`); the namespace of the store is added by the
 * implementation. Messages of one publisher on one channel arrive in order. A subscription survives reconnections;
 * what was published in between is not seen.
 */
export abstract class PubSub {
  /** Sends each payload under the event's name. Resolves when the store took them. */
  abstract publish(channel: string, event: string, payloads: readonly Encoded[]): Promise<void>

  /** Resolves once the subscription is in force: what is published from then on is delivered. */
  abstract subscribe(channel: string, listener: PubSubListener): Promise<Subscription>

  /** Ends all subscriptions and lets go of the connections that it opened itself. Safe to call twice. */
  abstract close(): Promise<void>
}
