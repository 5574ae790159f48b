/** A worker that waits to be woken. */
export interface IdleRow {
  readonly worker: string
  /** Time at which the worker claims again by itself, ms since the epoch; null: never. */
  readonly due: number | null
  /** Number of tasks that it can start. */
  readonly slots: number
  /** Whether tasks may be handed over to it: it holds none, and has heard of the last hand-off. */
  readonly takes: number
}

/** One that has perhaps been woken, and has not called since. */
export interface IdleWorker extends IdleRow {
  /** Its place among the idle workers of the queue: the one that has waited longest has the lowest number. */
  readonly since: number
  /** ms since the epoch; null: not yet. */
  woken: number | null
}
