import { isPulsarError } from '../../../errors.js'
import type { TaskRecord } from '../../../model/task-record.js'
import { STATE } from '../database/schema.js'
import { addInbox } from '../tables/add-task.js'
import { findTask } from '../tables/find-tasks.js'
import type { TaskRow } from '../tables/task-rows.js'
import { recordOf, SELECT_TASK } from '../tables/task-rows.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Looks tasks up, live or finished. An inbox is added to those that are live. */
export async function get(
  session: EmbeddedSession,
  queue: string,
  ids: readonly string[],
  inbox: string | null = null,
): Promise<readonly (TaskRecord | null)[]> {
  // A look-up does not create a queue.
  if (inbox === null) return await look(session, queue, ids)
  try {
    const none = ids.map(() => null)
    return await session.transactKnown<(TaskRecord | null)[]>(queue, none, (transaction) =>
      ids.map((id) => {
        const row = findTask(transaction, id)
        if (row && row.state !== STATE.done) addInbox(transaction, row, inbox)
        return row ? recordOf(row, queue) : null
      }),
    )
  } catch (error) {
    // On a full disk no inbox can be added, and the task can still be read. Who waits for it looks again.
    if (!isPulsarError(error, 'PQ_BROKER_FULL')) throw error
    return await look(session, queue, ids)
  }
}

async function look(session: EmbeddedSession, queue: string, ids: readonly string[]): Promise<(TaskRecord | null)[]> {
  const { clock } = session.store
  return await session.read(queue, (db, queueId) => {
    const sql = db.sql(`${SELECT_TASK} WHERE t.queue = ? AND t.id = ? AND (t.state <> 6 OR t.expires_at > ?)`)
    return ids.map((id) => {
      const row = sql.get(queueId, id, clock.now()) as TaskRow | undefined
      return row ? recordOf(row, queue) : null
    })
  })
}
