import type { LastTick, LastTicks } from '../../broker.js'
import { bytesOf } from '../layout/bytes.js'
import type { RedisSession } from './redis-session.js'

export async function lastTicks(session: RedisSession, queue: string, jobs: readonly string[]): Promise<LastTicks> {
  const [now, ...ticks] = (await session.runInTurn('queue/last-ticks', queue, { list: jobs.map(bytesOf) })) as Buffer[]
  const last = jobs.map((_, i): LastTick | null => {
    const [at = '', schedule = ''] = ticks.slice(2 * i, 2 * i + 2).map(String)
    return at === '' ? null : { at: Number(at), schedule }
  })
  return { last, now: Number(now) }
}
