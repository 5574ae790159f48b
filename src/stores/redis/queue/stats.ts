import type { QueueStats } from '../../broker.js'
import { countersOf } from '../layout/counters.js'
import type { RedisSession } from './redis-session.js'

export async function stats(session: RedisSession, queue: string): Promise<QueueStats> {
  const [live, counters] = (await session.runInTurn('queue/stats', queue)) as [number, Buffer]
  return countersOf(live, String(counters))
}
