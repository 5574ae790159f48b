import type { HeldTask } from '../../broker.js'
import type { TaskRow } from '../tables/task-rows.js'
import { SELECT_TASK } from '../tables/task-rows.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Looks up whether a worker still holds tasks. */
export async function held(
  session: EmbeddedSession,
  queue: string,
  worker: string,
  tasks: readonly HeldTask[],
): Promise<readonly boolean[]> {
  return await session.read(queue, (db, queueId) => {
    const sql = db.sql(`${SELECT_TASK} WHERE t.queue = ? AND t.id = ?`)
    return tasks.map(({ id, fence }) => {
      const row = sql.get(queueId, id) as TaskRow | undefined
      return row?.holder === worker && row.fence === fence
    })
  })
}
