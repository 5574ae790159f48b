/** What the producer of one day has seen. Times are ms of its clock. */
export interface DayReport {
  /** Number of tasks by job. */
  readonly queued: Readonly<Record<string, number>>
  /** Each task that did not end as planned. */
  readonly odd: readonly string[]
  /** How long after their due time delayed tasks and retries have started. */
  readonly late: readonly number[]
  /** Tasks that are left when all have ended. */
  readonly left: number
}
