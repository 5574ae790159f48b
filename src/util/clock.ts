/** Tells the time. */
export interface Clock {
  /** ms since the epoch. */
  now(): number
}

/** The machine's own time, as everything uses it that was given no other. */
export const SYSTEM_CLOCK: Clock = { now: () => Date.now() }
