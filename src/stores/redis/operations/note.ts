import { MOST_ACTS } from '../../policy.js'
import type { AuditEntry } from '../../operations-store.js'
import { serverTime } from '../connection/server-time.js'
import type { RedisSession } from '../queue/redis-session.js'

/** A call that is sent again makes a second entry of its operation: `audit` shows the last one. */
export async function note({ connection, space }: RedisSession, entry: AuditEntry): Promise<void> {
  await connection.attempt(space.audit, async (redis) => {
    await redis.lpush(space.audit, JSON.stringify({ ...entry, at: Math.floor(await serverTime(redis)) }))
    await redis.ltrim(space.audit, 0, MOST_ACTS - 1)
  })
}
