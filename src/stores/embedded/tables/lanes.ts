import type { LaneCall, Verdict } from '../../broker.js'
import type { QueueTransaction } from './queue-transaction.js'

/** The last call of a lane; its answer as JSON, since it is rarely read. */
export interface LaneRow {
  readonly seq: number
  readonly answer: string
}

/** The stored part of an answer. Claimed tasks are stored by row and fence alone: their bodies are in `task`. */
export interface LaneAnswer {
  readonly verdicts: readonly Verdict[]
  readonly claimed: readonly (readonly [seq: number, fence: number])[]
}

export function lastCall(transaction: QueueTransaction, worker: string, lane: number): LaneRow | undefined {
  const sql = transaction.sql('SELECT seq, answer FROM lane WHERE queue = ? AND worker = ? AND lane = ?')
  return sql.get(transaction.id, worker, lane) as LaneRow | undefined
}

export function saveCall(transaction: QueueTransaction, { worker, lane, seq }: LaneCall, answer: LaneAnswer): void {
  transaction
    .sql('INSERT OR REPLACE INTO lane (queue, worker, lane, seq, answer) VALUES (?, ?, ?, ?, ?)')
    .run(transaction.id, worker, lane, seq, JSON.stringify(answer))
}

export function deleteLanes(transaction: QueueTransaction, worker: string): void {
  transaction.sql('DELETE FROM lane WHERE queue = ? AND worker = ?').run(transaction.id, worker)
}
