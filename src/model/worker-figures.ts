/** What a worker process says of itself. */
export interface WorkerFigures {
  /** Tasks that run in it. */
  readonly running: number
  /** Tasks that ended in it. */
  readonly processed: number
  /** Most tasks that it runs at once. */
  readonly slots: number
  /** Bytes. */
  readonly heapUsed: number
  /** ms, in the mean. */
  readonly eventLoopDelay: number
}
