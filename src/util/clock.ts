/** Tells the time. */
export interface Clock {
  /** ms since the epoch. */
  now(): number
}

/** The machine's own time, as everything uses it that was given no other. */
export const SYSTEM_CLOCK: Clock = { now: () => Date.now() }

/** ms on a clock that the threads of a process share and that nobody sets. */
export function sharedClock(): number {
  return performance.timeOrigin + performance.now()
}
