import type { RedisSession } from './redis-session.js'

export async function pause(session: RedisSession, queue: string): Promise<void> {
  await session.registerIfRoom(queue)
  await session.run('queue/pause', queue)
}
