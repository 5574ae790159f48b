import { PulsarError, described } from './pulsar-error.js'

/** The task of an error. It is the `Task` that has ended, with all its members. */
export interface EndedTask {
  readonly id: string
  /** Job name. */
  readonly name: string
  readonly queue: string | null
  /** The state that it ended in, by number and by name. */
  readonly status: number
  readonly statusString: string
  /** Arguments by name. */
  readonly kwargs: Readonly<Record<string, unknown>>
  /** Why it failed or was revoked. */
  readonly exception: string | null
  readonly stacktrace: string | null
  /** What its last run threw, as data; null: nothing was thrown. */
  readonly error: { readonly name: string; readonly message: string; readonly code?: string | number } | null
  /** Number of its runs. */
  readonly retry: number
  readonly meta: Readonly<Record<string, unknown>>
}

/**
 * A task did not end within the timeout of a wait. The task goes on.
 *
 * @remarks Wait longer, or look later with `tasks.get(id)`. If no worker consumes the queue, start one.
 */
export class WaitTimeoutError extends PulsarError {
  readonly code = 'PQ_WAIT_TIMEOUT'
  constructor(
    /** Id of the task. */
    readonly id: string,
    /** Time that was waited, in ms. */
    readonly waited: number,
  ) {
    super(`expected task ${id} to end within ${String(waited / 1_000)} s, got no end; it goes on`)
  }
}

/**
 * The id that a caller gave belongs to a task of another job in that queue, live or over: nothing was queued, and its result is not that of
 * the caller's job.
 *
 * @remarks Put the name of the job into ids of your own: `invoice:17`.
 */
export class IdInUseError extends PulsarError {
  readonly code = 'PQ_ID_IN_USE'
  constructor(
    /** Id of the task. */
    readonly id: string,
    /** Name of the queue. */
    readonly queue: string,
    /** Name of the job that was to be queued. */
    readonly job: string,
    /** Name of the job that the id belongs to. */
    readonly usedBy: string,
  ) {
    super(
      `expected id ${described(id)} in queue ${queue} to be new or that of a task of ${job}, got that of a task of ${usedBy}: nothing was queued; give each job ids of its own`,
    )
  }
}

/**
 * `drain()` of a test app did not empty the queues in time: a job hangs, or waits for an event that does not come.
 *
 * @remarks Look at the tasks in `running`. Time does not pass by itself in a test app: move its clock with `clock.advance`.
 */
export class DrainTimeoutError extends PulsarError {
  readonly code = 'PQ_DRAIN_TIMEOUT'
  constructor(
    /** Time that was allowed, in ms. */
    readonly timeout: number,
    /** The tasks that still ran, as `task.name<id><STARTED>`. */
    readonly running: readonly string[],
  ) {
    const what = running.length === 0 ? 'no task was running' : `still running: ${running.join(', ')}`
    super(`the queues were not drained after ${String(timeout / 1_000)} s; ${what}`)
  }
}

/**
 * A lock was not free within the timeout of `lock()`. The caller does not have it.
 *
 * @remarks Wait longer, or use `tryLock()`, which returns null at once.
 */
export class LockTimeoutError extends PulsarError {
  readonly code = 'PQ_LOCK_TIMEOUT'
  constructor(
    /** Name of the lock. */
    readonly lock: string,
    /** Time that was waited, in ms. */
    readonly timeout: number,
  ) {
    super(
      `expected lock ${lock} to be free within ${String(timeout / 1_000)} s, got no turn; wait longer, or use tryLock()`,
    )
  }
}

/**
 * A task has ended, and its result is no longer kept.
 *
 * @remarks Raise the job's `resultTtl`, or ask sooner.
 */
export class ResultExpiredError extends PulsarError {
  readonly code = 'PQ_RESULT_EXPIRED'
  constructor(
    /** Id of the task. */
    readonly id: string,
  ) {
    super(`the result of task ${id} has expired; raise the job's resultTtl or ask sooner`)
  }
}

/**
 * A task ended as FAILURE. `future.result()` rejects with it; the message is that of the job's error.
 *
 * @remarks See `task.exception`, `task.stacktrace` and `task.error`.
 */
export class TaskFailedError extends PulsarError {
  readonly code = 'PQ_TASK_FAILED'
  constructor(
    /** The task. */
    readonly task: EndedTask,
  ) {
    super(task.exception ?? `task ${task.id} failed`)
  }
}

/**
 * A task ended as REVOKED: a caller revoked it, its last run timed out, or it expired before it started. `future.result()` rejects with
 * it.
 *
 * @remarks The message has the reason. For more time, raise the job's `timeout` or `expires`.
 */
export class TaskRevokedError extends PulsarError {
  readonly code = 'PQ_TASK_REVOKED'
  constructor(
    /** The task. */
    readonly task: EndedTask,
  ) {
    super(task.exception ?? `task ${task.id} was revoked`)
  }
}

/**
 * A task that was queued is no longer in the store: its queue was flushed, or the store lost data.
 *
 * @remarks Queue it again if it is still wanted. Check the persistence of the store.
 */
export class TaskLostError extends PulsarError {
  readonly code = 'PQ_TASK_LOST'
  constructor(
    /** Id of the task. */
    readonly id: string,
  ) {
    super(`task ${id} is not in the store: its queue was flushed, or the store lost data; queue it again`)
  }
}

/**
 * Jobs throw it for a failure that they expect: the task is retried or fails as after any error, but no stack is logged.
 *
 * @remarks Throw it in a job: `throw new TaskError('the mailbox is full')`.
 */
export class TaskError extends PulsarError {
  readonly code: 'PQ_TASK_ERROR' | 'PQ_NON_RETRYABLE' = 'PQ_TASK_ERROR'
}

/**
 * Jobs throw it to end their task as FAILURE without retries, whatever `maxRetries` is.
 *
 * @remarks Throw it in a job when another run cannot help: `throw new NonRetryableError('no such account')`.
 */
export class NonRetryableError extends TaskError {
  override readonly code = 'PQ_NON_RETRYABLE'
}

/**
 * The reason of a job's `signal` when its run must stop. The result of the run no longer counts.
 *
 * @remarks Pass `this.signal` to what the job calls, and clean up when it aborts.
 */
export class TaskAbortedError extends PulsarError {
  readonly code = 'PQ_TASK_ABORTED'
  constructor(
    /** Id of the task. */
    readonly id: string,
    /** Why the run must stop. */
    readonly why: 'timeout' | 'revoked' | 'lease-lost' | 'permit-lost' | 'shutdown',
  ) {
    super(ABORT_MESSAGES[why])
  }
}

const ABORT_MESSAGES = {
  timeout: 'the run took longer than its timeout',
  revoked: 'the task was revoked',
  'lease-lost': 'the lease on the task was lost; it runs elsewhere',
  'permit-lost': 'the permit under maxConcurrency was lost; the task runs again later',
  shutdown: 'the worker stops',
} as const

/**
 * A job has used its `this` after the end of its run: what it started went on after `run` had returned. The locks of the run are
 * released and its commands are stopped by then.
 *
 * @remarks Await what the job starts before it returns.
 */
export class RunOverError extends PulsarError {
  readonly code = 'PQ_RUN_OVER'
  constructor(
    /** Id of the task. */
    readonly id: string,
  ) {
    super(`expected the run of task ${id} to go on, got a use of it after its end; await what the job starts`)
  }
}

/**
 * A command of `this.shell` ended with another exit code than 0, was killed by a signal, or could not be started.
 *
 * @remarks See `stderr`. The command runs in a shell on the worker's machine, with the worker's environment.
 */
export class ShellError extends PulsarError {
  readonly code = 'PQ_SHELL'
  constructor(
    /** The command. */
    readonly command: string,
    /** Exit code; null: a signal ended the command, or it never started. */
    readonly exitCode: number | null,
    /** The signal that ended the command; null: none did. */
    readonly signal: string | null,
    /** Its output. */
    readonly stdout: string,
    /** The end of its error output. */
    readonly stderr: string,
    /** Why the command failed, where neither exit code nor signal tells. */
    reason: string | null = null,
  ) {
    const how = reason ?? `ended with ${signal ?? `exit code ${String(exitCode)}`}`
    const said = stderr.trim().slice(-2_000)
    super(`the command ${described(command)} ${how}${said === '' ? '' : `: ${said}`}`)
  }
}
