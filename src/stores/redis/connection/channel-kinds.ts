/**
 * How the channels of a connection are subscribed to. Sharded ones lie in the slot of their hash tag, and their messages go to
 * no other node of a cluster. A connection has channels of one kind: when the last one of a kind is left, ioredis takes the
 * connection for one without subscriptions, and drops the messages of the other kind.
 */
export const CHANNEL_KINDS = {
  plain: { subscribe: 'subscribe', unsubscribe: 'unsubscribe', message: 'messageBuffer' },
  sharded: { subscribe: 'ssubscribe', unsubscribe: 'sunsubscribe', message: 'smessageBuffer' },
} as const

export type ChannelKind = keyof typeof CHANNEL_KINDS
