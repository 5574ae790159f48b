/** The state of a consumer's life in its queue. */
export type ConsumerState =
  /** It has no lease and tries to get one. */
  | 'joining'
  /** It has a lease. Claimed tasks are started in this state alone. */
  | 'consuming'
  /** It claims nothing more. Running tasks may still end and be settled, for as long as the lease lasts. */
  | 'stopping'
  /** It has left its queue, or is about to. It sends no call but `leave`. */
  | 'left'

/** An event of a consumer's life. `joined`: the store has granted a lease. `lost`: the lease is gone. */
export type ConsumerEvent = 'joined' | 'lost' | 'stop' | 'leave'

/** The state that follows, for every state and every event. */
export const TRANSITIONS: Readonly<Record<ConsumerState, Readonly<Record<ConsumerEvent, ConsumerState>>>> = {
  joining: { joined: 'consuming', lost: 'joining', stop: 'stopping', leave: 'left' },
  consuming: { joined: 'consuming', lost: 'joining', stop: 'stopping', leave: 'left' },
  // A stopping consumer does not join again: a lease that is granted too late is left, and a lost one is not replaced.
  stopping: { joined: 'stopping', lost: 'stopping', stop: 'stopping', leave: 'left' },
  left: { joined: 'left', lost: 'left', stop: 'left', leave: 'left' },
}
