import type { QueueStats } from '../../../model/queue-counts.js'

/**
 * The counters of a queue. What was queued is what has ended, was dropped, or is still live.
 *
 * @param live - number of live tasks
 * @param counters - as `counts.lua` writes them
 */
export function countersOf(live: number, counters: string): QueueStats {
  const counts = counters.split(',').map((each) => Number(each) || 0)
  const [succeeded = 0, failed = 0, revoked = 0, retried = 0, released = 0, reclaimed = 0, flushed = 0] = counts
  const queued = live + succeeded + failed + revoked + flushed
  return { queued, succeeded, failed, revoked, retried, released, reclaimed }
}
