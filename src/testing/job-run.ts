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
  /** What the job gave beside the address; undefined when it gave nothing. */
  readonly init: unknown
}

/** A shell command that a job ran. */
export interface ShellCall {
  readonly command: string
  /** As the job gave them; empty when it gave none. */
  readonly options: ShellOptions
}

/** What came of {@link runJob}: how the run ended, and what the job did meanwhile, in order. */
export interface JobRun<T> {
  /** What the job returned, as it is after the wire; undefined when it did not succeed. */
  readonly result: T | undefined
  /** What the job threw, or why it could not run or was stopped; undefined when it succeeded. */
  readonly error: Error | undefined
  /** What would become of the task: SUCCESS, FAILURE, RETRY, or REVOKED when it was stopped or took too long. */
  readonly status: TaskState
  /** `'SUCCESS'`, ... */
  readonly statusString: string
  /** ms until the next run, when `status` is RETRY; null otherwise. */
  readonly retryIn: number | null
  /** The task, as a producer would see it. */
  readonly task: Task<T>
  readonly queued: readonly QueuedCall[]
  readonly logged: readonly LoggedLine[]
  /** The values that it reported with `progress()`. */
  readonly progress: readonly unknown[]
  readonly fetched: readonly FetchedCall[]
  readonly shell: readonly ShellCall[]
  /** The locks that it got. */
  readonly locks: readonly LockedCall[]

  /**
   * The result.
   *
   * @throws `error`, when there is one
   */
  orThrow(): T
}
