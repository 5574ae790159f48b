import type { Encoded } from './encoded.js'
import type { ErrorDetails } from './error-details.js'
import type { LoggedLine, LogStart } from './logged-line.js'
import type { MetaParams } from './queue-options.js'
import type { TaskState } from './task-state.js'
import { QUEUED } from './task-state.js'

/** The part of a task that the store itself maintains. It is plain data, and the user's serializer never writes it. */
export interface TaskHeader {
  readonly id: string
  readonly queue: string
  /** Name of the job. */
  readonly job: string
  /** The task's tags, in the order in which the caller gave them. */
  readonly tags: readonly string[]
  /** QUEUED (ready or delayed, has never run), RETRY (waits to run again), STARTED (claimed by a worker) or a final state. */
  readonly status: TaskState
  /** 0 to 9; higher ones run first. */
  readonly priority: number
  /** Number of counted runs, including the present one; 0 before the first. */
  readonly runs: number
  /** Number of workers that died while they held this task alone. */
  readonly crashes: number
  /** When the store took the task, ms since the epoch by the store's clock. */
  readonly queuedAt: number
  /** When it is, or was, due to start, ms since the epoch by the store's clock. */
  readonly dueAt: number
  /** When the present or last run was claimed; 0 before the first. */
  readonly startedAt: number
  /** When the final state was recorded; 0 before that. */
  readonly endedAt: number
  /** Id of the worker that holds the task; null when none does. */
  readonly worker: string | null
  /** When a worker first claimed the task without knowing its job; absent: none has, or a worker has run or parked it since. */
  readonly unknownSince?: number
}

/** The members of a header that have no default. */
type RequiredHeader = Pick<TaskHeader, 'id' | 'queue' | 'job' | 'priority' | 'queuedAt'>

/** Builds a header. The defaults are those of a task that waits in its queue and has never run. */
export function taskHeader(given: RequiredHeader & Partial<TaskHeader>): TaskHeader {
  // Member by member: a spread between others takes many times as long, and each task has a header.
  return {
    id: given.id,
    queue: given.queue,
    job: given.job,
    tags: given.tags ?? NO_TAGS,
    status: given.status ?? QUEUED,
    priority: given.priority,
    runs: given.runs ?? 0,
    crashes: given.crashes ?? 0,
    queuedAt: given.queuedAt,
    dueAt: given.dueAt ?? given.queuedAt,
    startedAt: given.startedAt ?? 0,
    endedAt: given.endedAt ?? 0,
    worker: given.worker ?? null,
  }
}

const NO_TAGS: readonly string[] = []

/**
 * A task as the store returns it: its header, its encoded {@link TaskCall}, the encoded {@link RunReport} of its last run
 * (null before the end of the first run), and its last encoded progress.
 */
export interface TaskRecord {
  readonly header: TaskHeader
  readonly body: Encoded
  readonly outcome: Encoded | null
  readonly progress: Encoded | null
  /** The last runs that failed and were retried, at most ten, the latest last. Absent: none. */
  readonly attempts?: readonly Attempt[]
}

/** A run that failed and was retried. */
export interface Attempt {
  /** Number of the run, from 1. */
  readonly run: number
  /** When the run started, ms since the epoch by the worker's clock. */
  readonly startedAt: number
  /** When it ended, ms since the epoch by the worker's clock. */
  readonly endedAt: number
  /** Name of the worker. */
  readonly worker: string
  /** Why it failed: at most 200 bytes of it. */
  readonly error: string
}

/** The call of a job that a task carries out. The producer encodes it once, and it never changes. */
export interface TaskCall {
  /** Job name. */
  readonly job: string
  /** Arguments by name. */
  readonly args?: Readonly<Record<string, unknown>>
  /** Delay that the caller has asked for, ms. */
  readonly delay?: number
  /** Timeout of one run, ms; 0: none. Absent: the timeout of the job. */
  readonly timeout?: number
  /** Time after its due time at which a task that has not started is revoked, ms; 0: never. Absent: the value of the job. */
  readonly expires?: number
  /** Overrides of the job's options for this task, and the caller's own metadata. */
  readonly meta?: MetaParams
  /** Id of the task whose job has queued this one. */
  readonly parent?: string
  /** Context of the trace in which the task was queued: headers by name. */
  readonly carrier?: Readonly<Record<string, string>>
  /** Members of payloads that operators do not see, beside those of the setting. Absent: none. */
  readonly redact?: readonly string[]
}

/** The report on a run, or on an end without a run, such as a revocation. Encoded by the process in which the task ended. */
export interface RunReport {
  /** The return value of a job that succeeded. */
  readonly result?: unknown
  /** Messages of the exception and of its causes, when it did not. */
  readonly error?: string
  /** Stack traces of them, when there are any worth showing. */
  readonly stack?: string
  /** The exception as data. Absent: nothing was thrown. */
  readonly details?: ErrorDetails
  /** Fingerprint of the problem that the run has met. Absent: none. */
  readonly problem?: string
  /** The last lines that the run has logged. Absent: none are kept. */
  readonly logs?: readonly LoggedLine[]
  /** The start of the task that has logged them. Absent: it is not known. */
  readonly logStart?: LogStart
  /** Number of the first of them in its run, from 0. */
  readonly firstLog?: number
  /** As of the {@link TaskCall}: the worker knows the job, and whoever has queued it may not. */
  readonly redact?: readonly string[]
  /** When the run really started, ms since the epoch by the worker's clock. Absent: it did not, or `startedAfter` tells. */
  readonly startedAt?: number
  /** ms from the claim, by the store's clock, to the begin of the run, by the worker's clock: of a run that has succeeded. */
  readonly startedAfter?: number
  /** Worker name. Absent: the id of the header's worker tells, as it does of the node. */
  readonly worker?: string
  /** Node name. */
  readonly node?: string
  /** Other data on the run: `runInfo` of the task. */
  readonly info?: Readonly<Record<string, unknown>>
}
