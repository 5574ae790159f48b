import type { QueueStats } from '../../broker.js'
import type { RedisSession } from './redis-session.js'

export async function stats(session: RedisSession, queue: string): Promise<QueueStats> {
  const key = session.keysOf(queue).key('stats')
  const found = await session.connection.attempt(async () => await session.connection.redis.hgetall(key))
  const count = (name: keyof QueueStats): number => Number(found[name] ?? 0)
  return {
    queued: count('queued'),
    succeeded: count('succeeded'),
    failed: count('failed'),
    revoked: count('revoked'),
    retried: count('retried'),
    released: count('released'),
    reclaimed: count('reclaimed'),
  }
}
