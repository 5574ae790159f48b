import type { LastTicks } from '../../broker.js'
import type { RedisSession } from './redis-session.js'

export async function lastTicks(session: RedisSession, queue: string, jobs: readonly string[]): Promise<LastTicks> {
  const [now, ...last] = (await session.run('queue/last-ticks', queue, { list: jobs })) as Buffer[]
  return { last: last.map(tickTime), now: Number(now) }
}

/** A tick as a script replies with it; null for the empty text: none. */
export function tickTime(text: Buffer): number | null {
  return text.length === 0 ? null : Number(text)
}
