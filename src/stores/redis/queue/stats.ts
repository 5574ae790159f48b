import type { QueueStats } from '../../broker.js'
import type { RedisSession } from './redis-session.js'

export async function stats(session: RedisSession, queue: string): Promise<QueueStats> {
  const [live, counters] = (await session.run('queue/stats', queue)) as [number, Buffer]
  const counts = String(counters)
    .split(',')
    .map((each) => Number(each) || 0)
  const [succeeded = 0, failed = 0, revoked = 0, retried = 0, released = 0, reclaimed = 0, flushed = 0] = counts
  const queued = live + succeeded + failed + revoked + flushed
  return { queued, succeeded, failed, revoked, retried, released, reclaimed }
}
