import type { Duration } from './duration.js'

/** Options of one `queue()` call. A duration is a number of **seconds** or a string with its unit. */
export interface QueueOptions {
  /** False: the future resolves as soon as the task is queued. Default true: when it is over. */
  readonly callback?: boolean | undefined
  /** Wait before it is due, counted by the store. A duration. Default 0. */
  readonly delay?: Duration | undefined
  /** Queue to put it in: 1 to 200 characters. Default: the job's `defaultQueue`, else the setting `defaultTaskQueue`. */
  readonly queue?: string | undefined
  /** Longest time of one run; 0 for none. A duration. Default: the job's. */
  readonly timeout?: Duration | undefined
  /** Not started this long after it was due, it ends as REVOKED; 0 for never. A duration. Default: the job's. */
  readonly expires?: Duration | undefined
  /** An id of your own, of 1 to 200 characters, without control characters. A task of that id that is known already stays the only one, and the future follows it. */
  readonly id?: string | undefined
  /** 0 to 9, higher first. Default: the job's, else 4. */
  readonly priority?: number | undefined
  /** Overrides `maxRetries`, `retryDelay` and `maxConcurrency` of the job for this task; other members are yours. */
  readonly metaParams?: MetaParams | undefined
}

/** Options of a call whose future resolves when the task is queued. */
export type QueueingOptions = QueueOptions & { readonly callback: false }

/** Overrides of a job's options, and the caller's own metadata (readable as `task.meta`). */
export interface MetaParams {
  readonly maxRetries?: number | undefined
  /** A duration. */
  readonly retryDelay?: Duration | undefined
  readonly maxConcurrency?: number | undefined
  readonly [name: string]: unknown
}
