import type { RedisSession } from './redis-session.js'

export async function resume(session: RedisSession, queue: string): Promise<void> {
  const registration = session.behindRegistration(queue)
  if (registration) await registration
  await session.run('queue/resume', queue)
}
