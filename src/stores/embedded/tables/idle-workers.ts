import type { IdleRow, IdleWorker } from './idle-worker.js'
import type { QueueTransaction } from './queue-transaction.js'

/** Records that a worker waits to be woken. One that was not woken keeps its place, any other comes last. */
export function enterIdle(transaction: QueueTransaction, { worker, due, slots, takes }: IdleRow): void {
  const idle = idleWorkers(transaction)
  const at = idle.findIndex((row) => row.worker === worker)
  const known = idle[at]
  if (known?.woken === null) {
    const row = { worker, since: known.since, due, slots, takes, woken: null }
    transaction.idle = idle.with(at, row)
    save(transaction, row)
    return
  }
  const row = { worker, since: (idle.at(-1)?.since ?? 0) + 1, due, slots, takes, woken: null }
  transaction.idle = [...idle.filter((_, i) => i !== at), row]
  save(transaction, row)
}

export function leaveIdle(transaction: QueueTransaction, worker: string): void {
  const idle = idleWorkers(transaction)
  const others = idle.filter((row) => row.worker !== worker)
  if (others.length === idle.length) return
  transaction.idle = others
  transaction.workers.set(worker, 'idle', [null, null, 0, 0, null])
}

/** Notes that an idle worker was woken. */
export function noteWoken(transaction: QueueTransaction, row: IdleWorker): void {
  row.woken = transaction.now
  save(transaction, row)
}

function save(transaction: QueueTransaction, { worker, since, due, slots, takes, woken }: IdleWorker): void {
  transaction.workers.set(worker, 'idle', [since, due, slots, takes, woken])
}

/** How many workers are idle, where this one is; else 0. */
export function countIdle(transaction: QueueTransaction, worker: string): number {
  const idle = idleWorkers(transaction)
  return idle.some((row) => row.worker === worker) ? idle.length : 0
}

export function hasIdleWorkers(transaction: QueueTransaction): boolean {
  return idleWorkers(transaction).length > 0
}

const IDLE = `SELECT worker, since, due, slots, takes, woken FROM worker
  WHERE queue = ? AND since IS NOT NULL ORDER BY since`
type IdleColumns = readonly [
  worker: string,
  since: number,
  due: number | null,
  slots: number,
  takes: number,
  woken: number | null,
]

function idleOf([worker, since, due, slots, takes, woken]: IdleColumns): IdleWorker {
  return { worker, since, due, slots, takes, woken }
}

/** The idle workers, the one that has waited longest first. They are read once in a transaction: most have to know them more than once. */
export function idleWorkers(transaction: QueueTransaction): readonly IdleWorker[] {
  if (transaction.idle === null) {
    const sql = transaction.store.queue.lists<IdleColumns>(IDLE)
    transaction.idle = sql.all(transaction.id).map(idleOf)
  }
  return transaction.idle
}
