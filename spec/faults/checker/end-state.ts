/** What the store knows of a task in the end. */
export interface EndRecord {
  readonly status: number
  readonly runs: number
  readonly crashes: number
  readonly endedAt: number
  /** Fence of the run that has succeeded; else null. */
  readonly fence: number | null
}

/** What a queue holds and has counted in the end. */
export interface EndQueue {
  readonly name: string
  readonly sizes: { readonly ready: number; readonly delayed: number; readonly held: number }
  readonly stats: Readonly<
    Record<'queued' | 'succeeded' | 'failed' | 'revoked' | 'retried' | 'released' | 'reclaimed', number>
  >
  /** Keys or tables that a drained queue should not have. */
  readonly leftOvers: readonly string[]
}

/** The store after a run, when all is over and all workers have left. */
export interface EndState {
  readonly queues: readonly EndQueue[]
  /** Of each task that a producer has sent; absent: the store does not know it. */
  readonly records: ReadonlyMap<string, EndRecord>
  /** When the queues were empty, ms of the monotonic clock; null: they never were. */
  readonly drainedAt: number | null
}

/** What a run may do, and what it may not. */
export interface Rules {
  /** `maxConcurrency` of jobs. */
  readonly limits: Readonly<Record<string, number>>
  /** For how long the lease of a worker lasts, ms. */
  readonly lease: number
  /** Longest time from the last fault until the queues are empty, ms. */
  readonly drainLimit: number
  /** Deaths of a process with a task alone in it after which the task fails. */
  readonly crashCap: number
  /** The store was set up to lose what it has acknowledged, and nobody restores that: it is counted. `left-out.ts` says what a rule leaves out. */
  readonly mayLose?: boolean
  /** The store forgets its last writes, and programs that live restore tasks and ends, but no counters and no revocations. */
  readonly mayForget?: boolean
  /** Nobody has died or was cut off for long: each task starts once, and once more for each retry. */
  readonly noRedelivery?: boolean
  /** A thread may end for a reason that nobody can tell. Then its worker repeats each of its runs, under the same fence. */
  readonly repeatsInPlace?: boolean
  /** Jobs whose tasks may end as FAILURE, or as REVOKED by their timeout. */
  readonly poison?: readonly string[]
}
