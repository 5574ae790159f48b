import type { Attempt } from '../model/task-record.js'
import type { FinalState } from '../model/task-state.js'
import type { Encoded } from '../model/encoded.js'

/** The end of a run, which is settled in the store. Times in ms. */
export type RunEnd =
  | { readonly kind: 'done'; readonly status: FinalState; readonly outcome: Encoded; readonly ttl: number }
  /** The task runs again. `status` is its final state where it has no queue, so that nothing can run it again. */
  | {
      readonly kind: 'retry'
      readonly delay: number
      readonly status: FinalState
      readonly outcome: Encoded
      readonly attempt: Attempt
    }
  /** The task goes back to its queue, because this worker cannot run it. The run does not count. */
  | { readonly kind: 'release'; readonly delay: number }
