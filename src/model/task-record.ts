import type { TaskState } from './task-state.js'

/** What a store itself knows and maintains of a task. Plain data, never serialized with the user's serializer. */
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

/**
 * A task as a store hands it out: header, the encoded {@link TaskBody} as the producer queued it, the encoded
 * {@link TaskOutcome} of its last run (null before the first end) and its last encoded progress.
 */
export interface TaskRecord {
  readonly header: TaskHeader
  readonly body: Uint8Array
  readonly outcome: Uint8Array | null
  readonly progress: Uint8Array | null
}

/** What the producer says of a task. Serialized once, when queued, and never rewritten. Short keys: they are stored. */
export interface TaskBody {
  /** Job name. */
  readonly n: string
  /** Arguments by name. */
  readonly a?: Readonly<Record<string, unknown>>
  /** Delay asked for, ms. */
  readonly d?: number
  /** Timeout of one run, ms; 0: none. Absent: the job's own. */
  readonly t?: number
  /** Not started this long after it was due: revoked, ms; 0: never. Absent: the job's own. */
  readonly x?: number
  /** Overrides of the job's options for this task, and the caller's own metadata. */
  readonly m?: Readonly<Record<string, unknown>>
  /** Id of the task whose job queued this one. */
  readonly f?: string
}

/** What a run, or whoever ended the task, says of it. Serialized by the process where it happens. */
export interface TaskOutcome {
  /** Result, when it succeeded. */
  readonly r?: unknown
  /** Message of the exception, when it did not. */
  readonly e?: string
  /** Stack trace, when there is one worth showing. */
  readonly s?: string
  /** When the run really started, ms since the epoch by the worker's clock. Absent: it did not. */
  readonly b?: number
  /** Worker name. */
  readonly w?: string
  /** Node name. */
  readonly h?: string
  /** What else the run said of itself. */
  readonly i?: Readonly<Record<string, unknown>>
}
