import { readPause } from '../../schedule-pauses.js'
import type { StoredTick } from '../../operations-store.js'
import type { RedisSession } from '../queue/redis-session.js'

export async function schedules(session: RedisSession, queue: string): Promise<readonly StoredTick[]> {
  const reply = ((await session.runInTurn('operations/schedules', queue)) as Buffer[]).map(String)
  const found: StoredTick[] = []
  for (let i = 0; i < reply.length; i += 6) {
    const [job = '', at, schedule = '', since = '', pause = '', resumed = ''] = reply.slice(i, i + 6)
    found.push({
      job,
      at: Number(at),
      schedule,
      ...(since !== '' && { paused: readPause(Number(since), pause) }),
      ...(resumed !== '' && { resumedAt: Number(resumed) }),
    })
  }
  return found
}
