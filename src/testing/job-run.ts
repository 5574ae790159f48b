import type { JobQueueOptions } from '../jobs/define/job-context.js'
import type { TaskState } from '../model/task-state.js'
import type { Task } from '../model/task.js'
import type { ShellOptions } from '../jobs/shell.js'
import type { LockedCall } from './fake-locks.js'
import type { LoggedLine } from './recording-logger.js'

/** A task that a job queued. */
export interface QueuedCall {
  /** Job name. */
  readonly job: string
  /** Its arguments by name, as they would go over the wire. */
  readonly args: Readonly<Record<string, unknown>>
  /** As the job gave them; empty when it gave none. `queueLocal` adds the queue. */
  readonly options: JobQueueOptions
  /** The id that the task got. */
  readonly id: string
}

/** A request that a job made. */
export interface FetchedCall {
  readonly url: string
  /** Second argument of the call; undefined when the job gave none. */
  readonly init: unknown
}

/** A shell command that a job ran. */
export interface ShellCall {
  readonly command: string
  /** As the job gave them; empty when it gave none. */
  readonly options: ShellOptions
}

/** Outcome of {@link runJob}: the end of the run, and the calls that the job made, in order. */
export interface JobRun<T> {
  /** Result of the job, as a producer would get it; undefined when the job did not succeed. */
  readonly result: T | undefined
  /** Error that the job threw, or the reason why it could not run or was stopped; undefined when it succeeded. */
  readonly error: Error | undefined
  /** State that the task would get: SUCCESS, FAILURE, RETRY, or REVOKED when it was stopped or took too long. */
  readonly status: TaskState
  /** `'SUCCESS'`, ... */
  readonly statusString: string
  /** ms until the next run, when `status` is RETRY; null otherwise. */
  readonly retryIn: number | null
  /** The task, as a producer would see it. */
  readonly task: Task<T>
  readonly queued: readonly QueuedCall[]
  readonly logged: readonly LoggedLine[]
  /** The values that the job reported with `progress()`. */
  readonly progress: readonly unknown[]
  readonly fetched: readonly FetchedCall[]
  readonly shell: readonly ShellCall[]
  /** The locks that the job got. */
  readonly locks: readonly LockedCall[]

  /**
   * The result.
   *
   * @throws `error`, when there is one
   */
  orThrow(): T
}
