import type { ActPlace } from '../../../model/act-place.js'
import { STATE } from '../database/schema.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'
import { findTask } from '../tables/find-tasks.js'
import { placeOfRow } from '../tables/place-of-row.js'
import type { QueueTransaction } from '../tables/queue-transaction.js'
import { wakeIdle } from '../tables/wake-idle.js'

/** Gives waiting tasks another priority, behind the others that have it. */
export async function prioritize(
  session: EmbeddedSession,
  queue: string,
  ids: readonly string[],
  priority: number,
  places: readonly ActPlace[],
): Promise<readonly boolean[]> {
  return await session.transactKnown(
    queue,
    ids.map(() => false),
    (transaction) => {
      const done = ids.map((id) => prioritizeTask(transaction, id, priority, places))
      wakeIdle(transaction)
      return done
    },
  )
}

function prioritizeTask(
  transaction: QueueTransaction,
  id: string,
  priority: number,
  places: readonly ActPlace[],
): boolean {
  const row = findTask(transaction, id)
  if (row?.holder !== null || row.state === STATE.done) return false
  if (!places.includes(placeOfRow(row, transaction.now))) return false
  if (row.priority === priority) return true
  if (row.state === STATE.inOrder || row.state === STATE.returned) {
    // The key of a task is its place in the order of its priority.
    const key = transaction.tracks.nextKey(priority)
    const sql = 'UPDATE task SET seq = ?, state = ?, place = NULL, priority = ? WHERE seq = ?'
    transaction.sql(sql).run(key, STATE.inOrder, priority, row.seq)
    if (row.state === STATE.inOrder) transaction.tracks.bury(row.priority)
  } else transaction.sql('UPDATE task SET priority = ? WHERE seq = ?').run(priority, row.seq)
  return true
}
