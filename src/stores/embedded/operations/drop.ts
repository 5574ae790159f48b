import type { ActPlace } from '../../../model/act-place.js'
import { STATE } from '../database/schema.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'
import { findTask } from '../tables/find-tasks.js'
import { placeOfRow } from '../tables/place-of-row.js'
import type { QueueTransaction } from '../tables/queue-transaction.js'

/** Deletes tasks that wait, and records of those that have ended. A transaction is not sent again. */
export async function drop(
  session: EmbeddedSession,
  queue: string,
  ids: readonly string[],
  places: readonly ActPlace[],
): Promise<readonly boolean[]> {
  return await session.transactKnown(
    queue,
    ids.map(() => false),
    (transaction) => ids.map((id) => dropTask(transaction, id, places)),
  )
}

function dropTask(transaction: QueueTransaction, id: string, places: readonly ActPlace[]): boolean {
  const row = findTask(transaction, id)
  if (row?.holder !== null || !places.includes(placeOfRow(row, transaction.now))) return false
  transaction.sql('DELETE FROM task WHERE seq = ?').run(row.seq)
  if (row.state === STATE.inOrder) transaction.tracks.bury(row.priority)
  else if (row.state === STATE.delayed) transaction.delayedChanged()
  return true
}
