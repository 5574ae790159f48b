import type { QueueTransaction } from './queue-transaction.js'

/** A worker that waits to be woken. */
export interface IdleRow {
  readonly worker: string
  /** Time at which the worker claims again by itself, ms since the epoch; null: never. */
  readonly due: number | null
  /** Number of tasks that it can start. */
  readonly slots: number
  /** Whether tasks may be handed over to it: it holds none, and has heard of the last hand-off. */
  readonly takes: number
}

/** One that has perhaps been woken, and has not called since. */
export interface IdleWorker extends IdleRow {
  /** ms since the epoch; null: not yet. */
  readonly woken: number | null
}

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
  transaction.hasIdle = true
}

export function leaveIdle(transaction: QueueTransaction, worker: string): void {
  if (!transaction.hasIdle) return
  transaction.sql('DELETE FROM idle WHERE queue = ? AND worker = ?').run(transaction.id, worker)
}

/** How many workers are idle, where this one is; else 0. */
export function countIdle(transaction: QueueTransaction, worker: string): number {
  if (!transaction.hasIdle) return 0
  const sql = transaction.sql('SELECT count(*) AS count, max(worker = ?) AS mine FROM idle WHERE queue = ?')
  const { count, mine } = sql.get(worker, transaction.id) as { readonly count: number; readonly mine: number | null }
  return mine === 1 ? count : 0
}

export function hasIdleWorkers(transaction: QueueTransaction): boolean {
  if (!transaction.hasIdle) return false
  return transaction.sql('SELECT 1 FROM idle WHERE queue = ? LIMIT 1').get(transaction.id) !== undefined
}

/** The idle workers, the one that has waited longest first. */
export function idleWorkers(transaction: QueueTransaction): readonly IdleWorker[] {
  if (!transaction.hasIdle) return []
  const sql = transaction.sql('SELECT worker, due, slots, takes, woken FROM idle WHERE queue = ? ORDER BY since')
  return sql.all(transaction.id) as unknown as IdleWorker[]
}
