/** `muted`: nobody wants to hear of it. `resolved`: it is thought to be mended; if it comes back, it is open again and has regressed. */
export type ProblemState = 'open' | 'muted' | 'resolved'

/** What a run that failed says of its cause. The worker computes it, of failures only. */
export interface ProblemReport {
  /** Fingerprint: of the job, the class and message of the error without what differs from task to task, and the first own line of the stack. */
  readonly id: string
  /** Class of the error. */
  readonly error: string
  /** Its message, without ids, numbers, quotes, paths, hosts and arguments. */
  readonly message: string
  /** Version of the application; null: unknown. */
  readonly version: string | null
}

/** A problem as its queue keeps it. */
export interface StoredProblem {
  /** Its fingerprint. */
  readonly id: string
  readonly job: string
  readonly error: string
  readonly message: string
  readonly state: ProblemState
  /** Whether it came back after it was resolved. */
  readonly regressed: boolean
  /** Number of runs that failed so. */
  readonly count: number
  /** ms since the epoch, by the store's clock. */
  readonly first: number
  readonly last: number
  /** Versions of the application, the latest first, ten at most. */
  readonly versions: readonly string[]
  /** Ids of the last three tasks, the latest first. */
  readonly samples: readonly string[]
}
