import type { LaneCall, Verdict } from '../../broker.js'
import type { ClaimedRun } from './claim-ready.js'
import { leaveIdle } from './idle-workers.js'
import type { QueueTransaction } from './queue-transaction.js'

/** A worker that may call, and the last call of one of its lanes; its answer as JSON, since it is rarely read. */
export interface WorkerRow {
  /** The fence of the last hand-off to the worker, that is of its first task; 0: there was none. */
  readonly handed: number
  readonly handed_runs: string
  /** Null: the lane has not called yet. */
  readonly seq: number | null
  readonly answer: string | null
}

/** The stored part of an answer. Claimed tasks are stored by their keys alone: their bodies are in `task`. */
export interface LaneAnswer {
  readonly verdicts: readonly Verdict[]
  readonly claimed: readonly ClaimedRun[]
}

/** Lets a worker call that has joined. Its lease is in leases.db. */
export function addWorker(transaction: QueueTransaction, worker: string): void {
  transaction.sql('INSERT OR IGNORE INTO worker (queue, worker) VALUES (?, ?)').run(transaction.id, worker)
}

/** Refuses all later calls of a worker, and forgets its earlier ones. */
export function removeWorker(transaction: QueueTransaction, worker: string): void {
  transaction.sql('DELETE FROM worker WHERE queue = ? AND worker = ?').run(transaction.id, worker)
  leaveIdle(transaction, worker)
  transaction.workers.drop(worker)
}

const LANE_0 = 'SELECT handed, handed_runs, seq_0, answer_0 FROM worker WHERE queue = ? AND worker = ?'
const LANE_1 = 'SELECT handed, handed_runs, seq_1, answer_1 FROM worker WHERE queue = ? AND worker = ?'
type WorkerColumns = readonly [handed: number, runs: string, seq: number | null, answer: string | null]

/** A worker, with the last call of a lane; undefined where it has not joined, or was condemned. */
export function findWorker(transaction: QueueTransaction, worker: string, lane: number): WorkerRow | undefined {
  const sql = transaction.store.queue.lists<WorkerColumns>(lane === 0 ? LANE_0 : LANE_1)
  const row = sql.get(transaction.id, worker)
  if (!row) return undefined
  const [handed, handed_runs, seq, answer] = row
  return { handed, handed_runs, seq, answer }
}

/** The workers of the queue that have joined and are not condemned, and those that hold tasks. */
export function knownWorkers(transaction: QueueTransaction): readonly string[] {
  const sql = transaction.sql(
    'SELECT worker FROM worker WHERE queue = ?1 UNION SELECT worker FROM batch WHERE queue = ?1',
  )
  return (sql.all(transaction.id) as { worker: string }[]).map(({ worker }) => worker)
}

export function hasJoined(transaction: QueueTransaction, worker: string): boolean {
  const sql = transaction.sql('SELECT 1 FROM worker WHERE queue = ? AND worker = ?')
  return sql.get(transaction.id, worker) !== undefined
}

export function saveCall(transaction: QueueTransaction, { worker, lane, seq }: LaneCall, answer: LaneAnswer): void {
  transaction.workers.set(worker, lane === 0 ? 'lane0' : 'lane1', [seq, answerText(answer)])
}

/** The answers of the calls that record a few outcomes and claim nothing, by their number: most calls of a worker that is handed its tasks. */
const known: string[] = []
const MOST_KNOWN = 100

function answerText(answer: LaneAnswer): string {
  const { verdicts, claimed } = answer
  const { length } = verdicts
  if (claimed.length > 0 || length > MOST_KNOWN) return JSON.stringify(answer)
  for (const verdict of verdicts) if (verdict !== 'recorded') return JSON.stringify(answer)
  return (known[length] ??= JSON.stringify(answer))
}

/** Keeps a hand-off, in case the worker misses the notice of it. */
export function saveHandOff(transaction: QueueTransaction, worker: string, runs: readonly ClaimedRun[]): void {
  const [first = 0, , offset = 0] = runs[0] ?? []
  transaction.workers.set(worker, 'handOff', [first + offset, JSON.stringify(runs)])
}
