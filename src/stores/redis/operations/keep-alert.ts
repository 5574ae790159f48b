import type { RedisSession } from '../queue/redis-session.js'

export async function keepAlert(session: RedisSession, rule: string, by: string, state: string): Promise<boolean> {
  return (await session.runApart('operations/keep-alert', { rule, turn: by, state })) === 1
}
