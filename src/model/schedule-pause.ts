/** That an operator has paused a schedule: no process takes its ticks. */
export interface SchedulePause {
  /** Since when, ms since the epoch by the store's clock. */
  readonly at: number
  /** Who: `user@host`. */
  readonly by: string
  readonly reason: string | null
}
