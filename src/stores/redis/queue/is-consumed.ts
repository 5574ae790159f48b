import type { RedisSession } from './redis-session.js'

export async function isConsumed(session: RedisSession, queue: string): Promise<boolean> {
  return (await session.runInTurn('queue/is-consumed', queue)) === 1
}
