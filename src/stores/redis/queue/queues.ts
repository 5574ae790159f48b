import type { RedisSession } from './redis-session.js'

export async function queues({ connection, space }: RedisSession): Promise<readonly string[]> {
  return await connection.attempt(async () => await connection.redis.smembers(space.queues))
}
