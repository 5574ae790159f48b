import { SUSPECT_DELAY } from '../../policy.js'
import type { QueueTransaction } from './queue-transaction.js'
import type { ReadyRow } from './task-rows.js'
import { READY_COLUMNS } from './task-rows.js'

/** The tasks that a worker gets. */
export interface Selection {
  /** In the order in which to start them. */
  readonly rows: readonly ReadyRow[]
  /** Whether the worker gets no more until a task that it holds has ended. */
  readonly isBlocked: boolean
}

/** Selects the ready tasks that a worker gets. A suspect goes alone, to a worker that holds nothing. */
export function selectReady(transaction: QueueTransaction, worker: string, max: number): Selection {
  const { id, now } = transaction
  const held = transaction
    .sql('SELECT count(*) AS count, max(suspect) AS suspect FROM task WHERE queue = ? AND worker = ? AND state = 2')
    .get(id, worker) as { count: number; suspect: number | null }
  if (held.suspect !== null && held.suspect > 0) return { rows: [], isBlocked: true }
  const plain = transaction
    .sql(
      `SELECT ${READY_COLUMNS} FROM task WHERE queue = ? AND state = 0 AND suspect = 0
       ORDER BY priority DESC, position LIMIT ?`,
    )
    .all(id, max) as unknown as ReadyRow[]
  const suspect = firstSuspect(transaction, now + 1)
  if (!suspect) return { rows: plain, isBlocked: false }
  const first = plain[0]
  if (held.count === 0 && (!first || isBefore(suspect, first))) return { rows: [suspect], isBlocked: true }
  const overdue = firstSuspect(transaction, now - SUSPECT_DELAY)
  if (!overdue) return { rows: plain, isBlocked: false }
  const rows = plain.filter((row) => isBefore(row, overdue))
  return { rows, isBlocked: rows.length < max }
}

/** The first suspect in the order of the queue that became one before `since`. */
function firstSuspect(transaction: QueueTransaction, since: number): ReadyRow | undefined {
  return transaction
    .sql(
      `SELECT ${READY_COLUMNS} FROM task WHERE queue = ? AND state = 0 AND suspect > 0 AND suspect < ?
       ORDER BY priority DESC, position LIMIT 1`,
    )
    .get(transaction.id, since) as ReadyRow | undefined
}

function isBefore(a: ReadyRow, b: ReadyRow): boolean {
  return a.priority > b.priority || (a.priority === b.priority && a.position < b.position)
}
