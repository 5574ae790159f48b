import type { RedisSession } from './redis-session.js'

export async function queues({ events }: RedisSession): Promise<readonly string[]> {
  return await events.queues()
}
