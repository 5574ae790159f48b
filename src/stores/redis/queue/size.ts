import type { QueueSizes } from '../../broker.js'
import type { RedisSession } from './redis-session.js'

export async function size(session: RedisSession, queue: string): Promise<QueueSizes> {
  const [live, held, delayed] = (await session.runInTurn('queue/size', queue)) as [number, number, number]
  // A task that another program has deleted while it was held, or delayed, still counts there.
  return { ready: Math.max(0, live - held - delayed), delayed, held }
}
