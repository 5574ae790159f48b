/** The live tasks of a queue. */
export interface QueueSizes {
  readonly ready: number
  readonly delayed: number
  readonly held: number
}

/** Counters of a queue since it was first used. */
export interface QueueStats {
  readonly queued: number
  readonly succeeded: number
  readonly failed: number
  readonly revoked: number
  readonly retried: number
  readonly released: number
  readonly reclaimed: number
}
