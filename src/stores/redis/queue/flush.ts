import type { RedisSession } from './redis-session.js'

export async function flush(session: RedisSession, queue: string, operation: string): Promise<number> {
  const keys = [session.keysOf(queue).operation(operation)]
  return await session.turns.take(queue, 'steps', async () => {
    for (;;) {
      const [dropped, more] = (await session.run('queue/flush', queue, { keys })) as [Buffer, number]
      if (more === 0) return Number(dropped)
    }
  })
}
