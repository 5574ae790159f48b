import { bytesOfBuffer, textOf } from '../layout/bytes.js'
import type { RedisSession } from '../queue/redis-session.js'

export async function takeAlerts(
  session: RedisSession,
  rules: readonly string[],
  by: string,
  every: number,
): Promise<readonly (string | null)[]> {
  const reply = (await session.runApart('operations/take-alerts', { turn: by, every }, rules)) as (Buffer | null)[]
  return reply.map((state) => (state === null ? null : textOf(bytesOfBuffer(state))))
}
