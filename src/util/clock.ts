import { performance, systemTime } from './timers.js'

/** A source of the time. */
export interface Clock {
  /** ms since the epoch. */
  now(): number
}

/** The clock of this machine. */
export const SYSTEM_CLOCK: Clock = { now: () => systemTime() }

/** The time in ms on a monotonic clock that all threads of a process share. Setting the system's clock does not move it. */
export function sharedClock(): number {
  return performance.timeOrigin + performance.now()
}
