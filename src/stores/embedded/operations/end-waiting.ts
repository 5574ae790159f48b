import type { Encoded } from '../../../model/encoded.js'
import { REVOKED } from '../../../model/task-state.js'
import { STATE } from '../database/schema.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'
import { endTask } from '../tables/end-tasks.js'
import { findTask } from '../tables/find-tasks.js'
import type { QueueTransaction } from '../tables/queue-transaction.js'
import { isSame } from '../tables/task-rows.js'
import { wakeIdle } from '../tables/wake-idle.js'

/** Ends tasks that wait as REVOKED. Held tasks stay. */
export async function endWaiting(
  session: EmbeddedSession,
  queue: string,
  ids: readonly string[],
  outcome: Encoded,
  ttl: number,
): Promise<readonly boolean[]> {
  if (!(await session.isKnown(queue))) return ids.map(() => false)
  return await session.transact(queue, (transaction) => {
    const ended = ids.map((id) => endOne(transaction, id, outcome, ttl))
    wakeIdle(transaction)
    return ended
  })
}

function endOne(transaction: QueueTransaction, id: string, outcome: Encoded, ttl: number): boolean {
  const row = findTask(transaction, id)
  if (row?.holder !== null) return false
  // A call that is sent again finds its own outcome.
  if (row.state === STATE.done) return row.status === REVOKED && isSame(row.outcome, outcome)
  endTask(transaction, row, { status: REVOKED, outcome, ttl, settled: 0, crashes: row.crashes })
  return true
}
