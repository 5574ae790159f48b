import type { ActPlace } from '../../../model/act-place.js'
import { STATE } from '../database/schema.js'
import { findTask } from '../tables/find-tasks.js'
import { placeOfRow } from '../tables/place-of-row.js'
import type { QueueTransaction } from '../tables/queue-transaction.js'
import { ASIDE } from '../tables/tracks.js'
import { wakeIdle } from '../tables/wake-idle.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Makes delayed tasks due now, before all others of their priority, in order. */
export async function promote(
  session: EmbeddedSession,
  queue: string,
  ids: readonly string[],
  places: readonly ActPlace[],
): Promise<readonly boolean[]> {
  return await session.transactKnown(
    queue,
    ids.map(() => false),
    (transaction) => {
      // From the last to the first, since each task goes to the head of the queue.
      const promoted = ids.toReversed().map((id) => promoteTask(transaction, id, places))
      wakeIdle(transaction)
      return promoted.reverse()
    },
  )
}

/** @returns whether the task was delayed, or is with a worker, which may be about to delay it */
function promoteTask(transaction: QueueTransaction, id: string, places: readonly ActPlace[]): boolean {
  const row = findTask(transaction, id)
  if (row === undefined || !places.includes(placeOfRow(row, transaction.now))) return false
  if (row.state !== STATE.delayed) return row.holder !== null
  const isSuspect = row.suspect > 0
  transaction.sql('UPDATE task SET seq = ?, state = ?, place = ?, due = ? WHERE seq = ?').run(
    // Under its old key it might lie within a range that is leased.
    transaction.tracks.nextKey(ASIDE),
    isSuspect ? STATE.suspected : STATE.returned,
    transaction.nextHead(),
    transaction.now,
    row.seq,
  )
  transaction.delayedChanged()
  if (!isSuspect) transaction.hasReturned = true
  return true
}
