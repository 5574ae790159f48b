import type { RedisSession } from './redis-session.js'

export async function resume(session: RedisSession, queue: string): Promise<void> {
  await session.runInTurn('queue/resume', queue)
}
