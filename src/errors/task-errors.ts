import type { Task } from '../model/task.js'
import { PulsarError, described } from './pulsar-error.js'

/** A wait took longer than its timeout. The task goes on. */
export class WaitTimeoutError extends PulsarError {
  readonly code = 'PQ_WAIT_TIMEOUT'
  constructor(
    readonly id: string,
    /** ms waited. */
    readonly waited: number,
  ) {
    super(`task ${id} was not over after ${String(waited / 1_000)} s; it goes on`)
  }
}

/** A test app's queues were not drained in time: a job hangs, or waits for something that nobody brings about. */
export class DrainTimeoutError extends PulsarError {
  readonly code = 'PQ_DRAIN_TIMEOUT'
  constructor(
    /** ms that were allowed. */
    readonly timeout: number,
    /** The tasks that still ran, as `task.name<id><STARTED>`. */
    readonly running: readonly string[],
  ) {
    const what = running.length === 0 ? 'no task was running' : `still running: ${running.join(', ')}`
    super(`the queues were not drained after ${String(timeout / 1_000)} s; ${what}`)
  }
}

/** A lock was not free in time. */
export class LockTimeoutError extends PulsarError {
  readonly code = 'PQ_LOCK_TIMEOUT'
  constructor(
    readonly lock: string,
    /** How long it was waited for, ms. */
    readonly timeout: number,
  ) {
    super(
      `expected lock ${lock} to be free within ${String(timeout / 1_000)} s, got no turn; wait longer, or use tryLock()`,
    )
  }
}

/** A finished task's record was there once and has expired. */
export class ResultExpiredError extends PulsarError {
  readonly code = 'PQ_RESULT_EXPIRED'
  constructor(readonly id: string) {
    super(`the result of task ${id} has expired; raise the job's resultTtl or ask sooner`)
  }
}

/** A task ended as FAILURE. The message is that of its exception. */
export class TaskFailedError<T = unknown> extends PulsarError {
  readonly code = 'PQ_TASK_FAILED'
  constructor(readonly task: Task<T>) {
    super(task.exception ?? `task ${task.id} failed`)
  }
}

/** A task ended as REVOKED: revoked by a caller, timed out, or expired before it started. */
export class TaskRevokedError<T = unknown> extends PulsarError {
  readonly code = 'PQ_TASK_REVOKED'
  constructor(readonly task: Task<T>) {
    super(task.exception ?? `task ${task.id} was revoked`)
  }
}

/** A task that was queued is neither live nor recorded: flushed, or lost with the store's data. */
export class TaskLostError extends PulsarError {
  readonly code = 'PQ_TASK_LOST'
  constructor(readonly id: string) {
    super(`task ${id} is neither live nor recorded; its queue was flushed, or the store lost data`)
  }
}

/** Thrown by a job for a failure it has handled: the task fails, or is retried, and no stack is logged. */
export class TaskError extends PulsarError {
  readonly code: 'PQ_TASK_ERROR' | 'PQ_NON_RETRYABLE' = 'PQ_TASK_ERROR'
}

/** Thrown by a job to end its task as FAILURE without retries. */
export class NonRetryableError extends TaskError {
  override readonly code = 'PQ_NON_RETRYABLE'
}

/** Reason of a job's `signal` when its run must stop: what comes of it no longer counts. */
export class TaskAbortedError extends PulsarError {
  readonly code = 'PQ_TASK_ABORTED'
  constructor(
    readonly id: string,
    readonly why: 'timeout' | 'revoked' | 'lease-lost' | 'place-lost' | 'shutdown',
  ) {
    super(ABORT_MESSAGES[why])
  }
}

const ABORT_MESSAGES = {
  timeout: 'the run took longer than its timeout',
  revoked: 'the task was revoked',
  'lease-lost': 'the lease on the task was lost; it runs elsewhere',
  'place-lost': 'the place under maxConcurrency was lost; the task runs again later',
  shutdown: 'the worker stops',
} as const

/** A shell command that did not end with exit code 0, or could not be started. */
export class ShellError extends PulsarError {
  readonly code = 'PQ_SHELL'
  constructor(
    readonly command: string,
    /** null when a signal ended it, or it never started. */
    readonly exitCode: number | null,
    /** The signal that ended it; null when none did. */
    readonly signal: string | null,
    /** What it had written until then. */
    readonly stdout: string,
    /** The last of what it had written until then. */
    readonly stderr: string,
    /** Why it failed, where neither exit code nor signal tells. */
    reason: string | null = null,
  ) {
    const how = reason ?? `ended with ${signal ?? `exit code ${String(exitCode)}`}`
    const said = stderr.trim().slice(-2_000)
    super(`the command ${described(command)} ${how}${said === '' ? '' : `: ${said}`}`)
  }
}
