import type { DurabilityName } from './durability.js'
import type { Duration } from './duration.js'

/** Options of a call of `queue()`. A duration is a number of **seconds** or a string with its unit. */
export interface QueueOptions {
  /** Whether the future resolves when the task is over. False: it resolves as soon as the task is queued. Default true. */
  readonly callback?: boolean | undefined
  /** Wait before the task is due, by the store's clock. A duration. Default 0. */
  readonly delay?: Duration | undefined
  /**
   * Queue to put it in: 1 to 200 characters, not ending in `/` and digits. False: the task runs at once in this process and is not queued, as with
   * `tasks.execute`. Default: the job's `defaultQueue`, else the setting `defaultTaskQueue`.
   */
  readonly queue?: string | false | undefined
  /** Longest time of one run; 0: no limit. A duration. Default: the job's `timeout`. */
  readonly timeout?: Duration | undefined
  /** A task that has not started by this time after it was due ends as REVOKED; 0: never. A duration. Default: the job's. */
  readonly expires?: Duration | undefined
  /** An id of your own, of 1 to 200 characters, without control characters. A task of that id that is known already stays the only one, and the future follows it. */
  readonly id?: string | undefined
  /** Priority, 0 to 9. Higher ones run first. Default: the job's `priority`, else 4. */
  readonly priority?: number | undefined
  /**
   * Short texts by which operators find the task (`tag:red`): 20 at most, each of 1 to 200 characters without control characters.
   * Default: none.
   */
  readonly tags?: readonly string[] | undefined
  /**
   * What the store must have done with the task before it is acknowledged. Default: the setting `durability`. Tasks of another durability
   * than those beside them are sent in a call of their own, which these may overtake.
   */
  readonly durability?: DurabilityName | undefined
  /** Overrides of the job's `maxRetries`, `retryDelay` and `maxConcurrency` for this task, and any members of your own. */
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
