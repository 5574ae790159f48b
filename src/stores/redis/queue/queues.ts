import type { RedisSession } from './redis-session.js'

export async function queues({ registry, turns }: RedisSession): Promise<readonly string[]> {
  // One may be about to register its queue.
  await turns.stepsOver()
  return await registry.queues()
}
