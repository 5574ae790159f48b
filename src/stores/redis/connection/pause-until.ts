import { pause, performance } from '../../../util/timers.js'

/** Waits in full: a timer may end up to a millisecond early, and then the server could still accept a copy. */
export async function pauseUntil(localTime: number): Promise<void> {
  for (let left = localTime - performance.now(); left > 0; left = localTime - performance.now()) await pause(left)
}
