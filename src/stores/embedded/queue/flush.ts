import { OPERATION_TTL } from '../../policy.js'
import type { QueueTransaction } from '../tables/queue-transaction.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Drops the tasks that wait. A call that is sent again gets the first reply. @returns number of dropped tasks */
export async function flush(session: EmbeddedSession, queue: string, operation: string): Promise<number> {
  return await session.transactKnown(queue, 0, (transaction) => {
    const { id, now } = transaction
    const key = `${String(id)} ${operation}`
    const first = transaction.sql('SELECT answer FROM operation WHERE id = ?').get(key)
    if (first) return (first as { answer: number }).answer
    const dropped = dropWaiting(transaction)
    transaction.sql('DELETE FROM operation WHERE at < ?').run(now - OPERATION_TTL)
    transaction.sql('INSERT INTO operation (id, answer, at) VALUES (?, ?, ?)').run(key, dropped, now)
    return dropped
  })
}

function dropWaiting(transaction: QueueTransaction): number {
  const { id, tracks } = transaction
  const drop = (where: string, ...values: number[]): number =>
    transaction.sql(`DELETE FROM task WHERE ${where}`).run(...values).changes
  let dropped = 0
  for (const { next, tail } of tracks.withReady()) dropped += drop('seq BETWEEN ? AND ? AND state = 2', next, tail)
  tracks.takeAll()
  dropped += drop('queue = ? AND state = 3', id) + drop('queue = ? AND state = 4', id)
  dropped += drop('queue = ? AND state = 5 AND suspect > 0', id)
  transaction.delayedChanged()
  return dropped
}
