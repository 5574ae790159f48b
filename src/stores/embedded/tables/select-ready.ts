import type { QueueTransaction } from './queue-transaction.js'
import type { ReadyRow } from './task-rows.js'
import { READY_COLUMNS } from './task-rows.js'

export interface Candidates {
  /** In the order in which to start them. */
  readonly rows: readonly ReadyRow[]
  /** Whether the worker can take no more until something that it holds has ended. */
  readonly isBlocked: boolean
}

/** A suspect that has waited this long is no longer passed by, ms: else it would wait where no worker is ever empty. */
const SUSPECT_PATIENCE = 2_000

/** The ready tasks to hand to a worker. A suspect goes alone to a worker that holds nothing. */
export function candidates(queue: QueueTransaction, worker: string, max: number): Candidates {
  const { store, id, now } = queue
  const held = store.queue
    .sql('SELECT count(*) AS count, max(suspect) AS suspect FROM task WHERE queue = ? AND worker = ? AND state = 2')
    .get(id, worker) as { count: number; suspect: number | null }
  if (held.suspect !== null && held.suspect > 0) return { rows: [], isBlocked: true }
  const plain = store.queue
    .sql(
      `SELECT ${READY_COLUMNS} FROM task WHERE queue = ? AND state = 0 AND suspect = 0
       ORDER BY priority DESC, place LIMIT ?`,
    )
    .all(id, max) as unknown as ReadyRow[]
  const suspect = firstSuspect(queue, now + 1)
  if (!suspect) return { rows: plain, isBlocked: false }
  const first = plain[0]
  if (held.count === 0 && (!first || isBefore(suspect, first))) return { rows: [suspect], isBlocked: true }
  const patient = firstSuspect(queue, now - SUSPECT_PATIENCE)
  if (!patient) return { rows: plain, isBlocked: false }
  const rows = plain.filter((row) => isBefore(row, patient))
  return { rows, isBlocked: rows.length < max }
}

/** The first suspect in the order of the queue that became one before `since`. */
function firstSuspect({ store, id }: QueueTransaction, since: number): ReadyRow | undefined {
  return store.queue
    .sql(
      `SELECT ${READY_COLUMNS} FROM task WHERE queue = ? AND state = 0 AND suspect > 0 AND suspect < ?
       ORDER BY priority DESC, place LIMIT 1`,
    )
    .get(id, since) as ReadyRow | undefined
}

function isBefore(a: ReadyRow, b: ReadyRow): boolean {
  return a.priority > b.priority || (a.priority === b.priority && a.place < b.place)
}
