/** ms on a clock that the threads of a process share and that nobody sets. */
export function sharedClock(): number {
  return performance.timeOrigin + performance.now()
}
