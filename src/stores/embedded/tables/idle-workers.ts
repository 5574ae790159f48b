import type { IdleRow, IdleWorker } from './idle-worker.js'
import type { QueueTransaction } from './queue-transaction.js'

/** Records that a worker waits to be woken. */
export function enterIdle(transaction: QueueTransaction, { worker, due, slots, takes }: IdleRow): void {
  // The latest to become idle is woken last.
  transaction
    .sql(
      `INSERT INTO idle (queue, worker, since, due, slots, takes)
       VALUES (?1, ?2, (SELECT coalesce(max(since), 0) + 1 FROM idle WHERE queue = ?1), ?3, ?4, ?5)
       ON CONFLICT (queue, worker) DO UPDATE SET due = excluded.due, slots = excluded.slots, takes = excluded.takes,
       since = iif(woken IS NULL, since, excluded.since), woken = NULL`,
    )
    .run(transaction.id, worker, due, slots, takes)
  const { idle } = transaction
  if (idle !== null) transaction.idle = withIdle(idle, { worker, due, slots, takes, woken: null })
}

/** The list as the statement leaves it: one that was not woken keeps its place, any other comes last. */
function withIdle(idle: readonly IdleWorker[], row: IdleWorker): readonly IdleWorker[] {
  const at = idle.findIndex(({ worker }) => worker === row.worker)
  if (idle[at]?.woken === null) return idle.with(at, row)
  return [...idle.filter((_, i) => i !== at), row]
}

export function leaveIdle(transaction: QueueTransaction, worker: string): void {
  const others = transaction.idle?.filter((row) => row.worker !== worker) ?? null
  if (others !== null && others.length === transaction.idle?.length) return
  transaction.sql('DELETE FROM idle WHERE queue = ? AND worker = ?').run(transaction.id, worker)
  transaction.idle = others
}

/** Notes that an idle worker was woken. */
export function noteWoken(transaction: QueueTransaction, row: IdleWorker): void {
  const sql = transaction.sql('UPDATE idle SET woken = ? WHERE queue = ? AND worker = ?')
  sql.run(transaction.now, transaction.id, row.worker)
  row.woken = transaction.now
}

/** How many workers are idle, where this one is; else 0. */
export function countIdle(transaction: QueueTransaction, worker: string): number {
  const idle = idleWorkers(transaction)
  return idle.some((row) => row.worker === worker) ? idle.length : 0
}

export function hasIdleWorkers(transaction: QueueTransaction): boolean {
  return idleWorkers(transaction).length > 0
}

const IDLE = 'SELECT worker, due, slots, takes, woken FROM idle WHERE queue = ? ORDER BY since'
type IdleColumns = readonly [worker: string, due: number | null, slots: number, takes: number, woken: number | null]

function idleOf([worker, due, slots, takes, woken]: IdleColumns): IdleWorker {
  return { worker, due, slots, takes, woken }
}

/** The idle workers, the one that has waited longest first. They are read once in a transaction: most have to know them more than once. */
export function idleWorkers(transaction: QueueTransaction): readonly IdleWorker[] {
  if (transaction.idle === null) {
    const sql = transaction.store.queue.lists<IdleColumns>(IDLE)
    transaction.idle = sql.all(transaction.id).map(idleOf)
  }
  return transaction.idle
}
