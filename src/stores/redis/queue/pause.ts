import type { RedisSession } from './redis-session.js'

export async function pause(session: RedisSession, queue: string): Promise<void> {
  const registration = session.registerIfRoom(queue)
  if (!registration) {
    await session.runInTurn('queue/pause', queue)
    return
  }
  registration.catch(() => undefined)
  await session.turns.take(queue, 'steps', async () => {
    await registration
    return await session.run('queue/pause', queue)
  })
}
