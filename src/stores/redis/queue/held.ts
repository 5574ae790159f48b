import type { HeldTask } from '../../broker.js'
import { readHeld } from '../layout/records.js'
import type { RedisSession } from './redis-session.js'

export async function held(
  session: RedisSession,
  queue: string,
  worker: string,
  tasks: readonly HeldTask[],
): Promise<readonly boolean[]> {
  if (tasks.length === 0) return []
  const { connection } = session
  const keys = session.keysOf(queue)
  const [lease, rows] = await connection.attempt(
    async () =>
      await Promise.all([
        connection.redis.zscore(keys.key('workers'), worker),
        connection.redis.hmget(keys.key('held'), ...tasks.map(({ id }) => id)),
      ]),
  )
  return rows.map((row, i) => {
    const holder = row === null ? null : readHeld(row)
    return lease !== null && holder?.fence === tasks[i]?.fence && holder?.worker === worker
  })
}
