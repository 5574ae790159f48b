import type { Attempt } from '../model/task-record.js'
import type { FinalState } from '../model/task-state.js'
import type { DoneSettlement, ReleaseSettlement, RetrySettlement } from '../stores/broker.js'

/** The end of a run, as it is settled in the store. A release says that this worker cannot run the task, and the run does not count. */
export type RunEnd = DoneSettlement | RunRetry | ReleaseSettlement

/** The task runs again. `status` is its final state where it has no queue, so that nothing can run it again. */
export interface RunRetry extends RetrySettlement {
  readonly status: FinalState
  readonly attempt: Attempt
}
