import { OPERATION_TTL } from '../../policy.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Drops the tasks that wait. A call that is sent again gets the first reply. @returns number of dropped tasks */
export async function flush(session: EmbeddedSession, queue: string, operation: string): Promise<number> {
  if (!(await session.isKnown(queue))) return 0
  return await session.transact(queue, (transaction) => {
    const { id, now } = transaction
    const key = `${String(id)} ${operation}`
    const first = transaction.sql('SELECT answer FROM operation WHERE id = ?').get(key)
    if (first) return (first as { answer: number }).answer
    const dropped = transaction.sql('DELETE FROM task WHERE queue = ? AND state IN (0, 1)').run(id).changes
    transaction.sql('DELETE FROM operation WHERE at < ?').run(now - OPERATION_TTL)
    transaction.sql('INSERT INTO operation (id, answer, at) VALUES (?, ?, ?)').run(key, dropped, now)
    return dropped
  })
}
