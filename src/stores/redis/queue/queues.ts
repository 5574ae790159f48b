import type { RedisSession } from './redis-session.js'

export async function queues({ registry }: RedisSession): Promise<readonly string[]> {
  return await registry.queues()
}
