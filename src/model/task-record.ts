import type { MetaParams } from './queue-options.js'
import type { TaskState } from './task-state.js'
import { QUEUED } from './task-state.js'

/** The part of a task that a store itself maintains. Plain data, never serialized with the user's serializer. */
export interface TaskHeader {
  readonly id: string
  readonly queue: string
  /** QUEUED (ready or delayed, never run), RETRY (waits to run again), STARTED (held by a worker) or a final state. */
  readonly status: TaskState
  /** 0 to 9, higher first. */
  readonly priority: number
  /** Runs counted so far, the present one included: 0 before the first. */
  readonly runs: number
  /** Processes that died while they ran this task alone. */
  readonly crashes: number
  /** When the store took the task in, ms since the epoch by the store's clock. */
  readonly queuedAt: number
  /** When it is, or was, due to start, ms since the epoch by the store's clock. */
  readonly dueAt: number
  /** When the present or last run was claimed; 0 before the first. */
  readonly startedAt: number
  /** When its final state was recorded; 0 while it is live. */
  readonly endedAt: number
  /** The id of the worker that holds it; null when none does. */
  readonly worker: string | null
}

/** The members of a header that have no default. */
type RequiredHeader = Pick<TaskHeader, 'id' | 'queue' | 'priority' | 'queuedAt'>

/** Builds a header: that of a task which waits in its queue and never ran, apart from the members that are given. */
export function taskHeader(given: RequiredHeader & Partial<TaskHeader>): TaskHeader {
  return {
    status: QUEUED,
    runs: 0,
    crashes: 0,
    dueAt: given.queuedAt,
    startedAt: 0,
    endedAt: 0,
    worker: null,
    ...given,
  }
}

/**
 * A task as a store hands it out: its header, its {@link TaskCall} as the producer encoded it, the encoded
 * {@link RunReport} of its last run (null before the first end) and its last encoded progress.
 */
export interface TaskRecord {
  readonly header: TaskHeader
  readonly body: Uint8Array
  readonly outcome: Uint8Array | null
  readonly progress: Uint8Array | null
}

/** The call of a job that a task stands for. Encoded once, by its producer, and never rewritten. */
export interface TaskCall {
  /** Job name. */
  readonly job: string
  /** Arguments by name. */
  readonly args?: Readonly<Record<string, unknown>>
  /** Delay that the caller asked for, ms. */
  readonly delay?: number
  /** Timeout of one run, ms; 0: none. Absent: that of the job. */
  readonly timeout?: number
  /** A task that has not started this long after it was due is revoked, ms; 0: never. Absent: the value of the job. */
  readonly expires?: number
  /** Overrides of the job's options for this task, and the caller's own metadata. */
  readonly meta?: MetaParams
  /** Id of the task whose job queued this one. */
  readonly parent?: string
}

/** The report of a run, or of whoever else ended the task. Encoded by the process in which that happens. */
export interface RunReport {
  /** The value that the job returned, when it succeeded. */
  readonly result?: unknown
  /** Message of the exception, when it did not. */
  readonly error?: string
  /** Stack trace, when there is one worth showing. */
  readonly stack?: string
  /** When the run really started, ms since the epoch by the worker's clock. Absent: it did not. */
  readonly startedAt?: number
  /** Worker name. */
  readonly worker?: string
  /** Node name. */
  readonly node?: string
  /** Other data of the run: `runInfo` of the task. */
  readonly info?: Readonly<Record<string, unknown>>
}
