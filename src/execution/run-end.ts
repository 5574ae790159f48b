import type { FinalState } from '../model/task-state.js'
import type { Encoded } from '../util/encoded.js'

/** The end of a run, for the store that handed the task out. Times in ms. */
export type RunEnd =
  | { readonly kind: 'done'; readonly status: FinalState; readonly outcome: Encoded; readonly ttl: number }
  /** The task runs again. `status` is the state in which it would end where nothing can run it again. */
  | { readonly kind: 'retry'; readonly delay: number; readonly status: FinalState; readonly outcome: Encoded }
  /** The task goes back to its queue: this worker cannot run it, and the run does not count. */
  | { readonly kind: 'release'; readonly delay: number }
