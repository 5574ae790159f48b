import type { ActPlace } from '../../../model/act-place.js'
import { REVOKED } from '../../../model/task-state.js'
import type { Encoded } from '../../../model/encoded.js'
import { STATE } from '../database/schema.js'
import { endTask } from '../tables/end-tasks.js'
import { findTask } from '../tables/find-tasks.js'
import { placeOfRow } from '../tables/place-of-row.js'
import type { QueueTransaction } from '../tables/queue-transaction.js'
import { isSame } from '../tables/task-rows.js'
import { wakeIdle } from '../tables/wake-idle.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Ends tasks as REVOKED at once, whether they wait or run, and notifies the workers that hold them. */
export async function revoke(
  session: EmbeddedSession,
  queue: string,
  ids: readonly string[],
  outcome: Encoded,
  ttl: number,
  places: readonly ActPlace[],
): Promise<readonly boolean[]> {
  return await session.transactKnown(
    queue,
    ids.map(() => false),
    (transaction) => {
      const revoked = ids.map((id) => revokeTask(transaction, id, outcome, ttl, places))
      // A worker that held a suspect may take other tasks now.
      wakeIdle(transaction)
      return revoked
    },
  )
}

/** @returns whether the task has ended by this call, now or when it was sent before */
function revokeTask(
  transaction: QueueTransaction,
  id: string,
  outcome: Encoded,
  ttl: number,
  places: readonly ActPlace[],
): boolean {
  const row = findTask(transaction, id)
  if (!row) return false
  // A call that is sent again finds its own outcome.
  if (row.state === STATE.done) return row.status === REVOKED && isSame(row.outcome, outcome)
  if (!places.includes(placeOfRow(row, transaction.now))) return false
  if (row.holder !== null) {
    transaction.announcements.tellWorker(row.holder, { kind: 'revoked', queue: transaction.name, id })
  }
  endTask(transaction, row, { status: REVOKED, outcome, ttl, settled: 0, crashes: row.crashes })
  return true
}
