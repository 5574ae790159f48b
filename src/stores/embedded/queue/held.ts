import type { HeldTask } from '../../broker.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Looks up whether a worker still holds tasks. */
export async function held(
  session: EmbeddedSession,
  queue: string,
  worker: string,
  tasks: readonly HeldTask[],
): Promise<readonly boolean[]> {
  return await session.read(queue, (db, id) => {
    const sql = db.sql('SELECT 1 FROM task WHERE queue = ? AND id = ? AND fence = ? AND worker = ? AND state = 2')
    return tasks.map((task) => sql.get(id, task.id, task.fence, worker) !== undefined)
  })
}
