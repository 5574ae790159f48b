/** A line that a run has logged: when (ms since the epoch, by the worker's clock), its level, its text, and its data as JSON, if it has any. */
export type LoggedLine = readonly [at: number, level: string, text: string, data?: string]

/** Which start of a task a log is of. A task that was released or reclaimed starts again under the same number of its run. */
export interface LogStart {
  readonly run: number
  /** Of the claim. */
  readonly fence: number
  /** When it was claimed, ms since the epoch by the store's clock: fences of two queues may be the same. */
  readonly claimedAt: number
}

/** Whether both are the same start of a task. The number of its run does not tell. */
export function isSameStart(one: LogStart, other: LogStart): boolean {
  return one.fence === other.fence && one.claimedAt === other.claimedAt
}
