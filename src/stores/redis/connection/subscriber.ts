import type { Subscription } from '../../../util/subscription.js'

export type Listener = (message: Buffer) => void

/** Subscribes to channels of one kind, and again whenever a connection was lost. */
export interface Subscriber {
  /**
   * Resolves when the subscription is in force. Its `close` is safe to call twice.
   *
   * @param onReconnect - is called after each reconnection, when the channel is subscribed to again
   * @throws what {@link Connection.attempt} throws
   */
  subscribe(channel: string, listener: Listener, onReconnect?: () => void): Promise<Subscription>

  /** Resolves when the store has answered. @throws what {@link Connection.attempt} throws */
  connect(): Promise<void>

  /** Calls back after each reconnection, when the channels are subscribed to again. @returns ends that */
  onReconnect(call: () => void): () => void

  close(): Promise<void>
}
