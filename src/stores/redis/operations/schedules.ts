import { readPause } from '../../schedule-pauses.js'
import type { StoredTick } from '../../operations-store.js'
import type { RedisSession } from '../queue/redis-session.js'

export async function schedules(session: RedisSession, queue: string): Promise<readonly StoredTick[]> {
  const reply = ((await session.run('operations/schedules', queue)) as Buffer[]).map(String)
  const found: StoredTick[] = []
  for (let i = 0; i < reply.length; i += 5) {
    const [job = '', at, schedule = '', since = '', pause = ''] = reply.slice(i, i + 5)
    const tick = { job, at: Number(at), schedule }
    found.push(since === '' ? tick : { ...tick, paused: readPause(Number(since), pause) })
  }
  return found
}
