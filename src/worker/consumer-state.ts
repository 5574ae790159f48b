/** The state of a consumer's life in its queue. */
export type ConsumerState =
  /** It has no lease and tries to get one. */
  | 'joining'
  /** It has a lease. Claimed tasks are started in this state alone. */
  | 'consuming'
  /** It claims nothing more. What runs may still end and be settled, for as long as the lease lasts. */
  | 'stopping'
  /** It has given its lease up, or is about to. It sends nothing more but that. */
  | 'left'

/** What can happen to a consumer. `joined`: the store has granted a lease. `lost`: the lease is gone. */
export type ConsumerEvent = 'joined' | 'lost' | 'stop' | 'leave'

/** The state that follows, for every state and every event. */
export const TRANSITIONS: Readonly<Record<ConsumerState, Readonly<Record<ConsumerEvent, ConsumerState>>>> = {
  joining: { joined: 'consuming', lost: 'joining', stop: 'stopping', leave: 'left' },
  consuming: { joined: 'consuming', lost: 'joining', stop: 'stopping', leave: 'left' },
  // A stopping consumer does not join anew: a lease that is granted too late is given up, a lost one is not replaced.
  stopping: { joined: 'stopping', lost: 'stopping', stop: 'stopping', leave: 'left' },
  left: { joined: 'left', lost: 'left', stop: 'left', leave: 'left' },
}
