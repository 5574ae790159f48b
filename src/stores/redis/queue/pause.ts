import type { RedisSession } from './redis-session.js'

export async function pause(session: RedisSession, queue: string): Promise<void> {
  const registration = session.registerIfRoom(queue)
  if (registration) await registration
  await session.run('queue/pause', queue)
}
