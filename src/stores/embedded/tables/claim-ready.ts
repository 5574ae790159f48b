import { STARTED } from '../../../model/task-state.js'
import type { ClaimedTask } from '../../broker.js'
import type { LaneAnswer } from './lanes.js'
import type { QueueTransaction } from './queue-transaction.js'
import { makeDueReady } from './requeue-tasks.js'
import { selectReady } from './select-ready.js'
import type { HeldRow } from './task-rows.js'
import { claimedOf, HELD_COLUMNS } from './task-rows.js'

export interface Claim {
  readonly tasks: readonly ClaimedTask[]
  /** The same tasks, as a lane stores them. */
  readonly claimed: LaneAnswer['claimed']
  /** Whether the worker is not idle: its slots are filled, or a suspect blocks it. */
  readonly isSatisfied: boolean
}

/** Leases ready tasks to a worker, each under the next fence. */
export function claimReady(transaction: QueueTransaction, worker: string, max: number): Claim {
  if (max <= 0) return { tasks: [], claimed: [], isSatisfied: true }
  makeDueReady(transaction)
  if (transaction.paused) return { tasks: [], claimed: [], isSatisfied: false }
  const { rows, isBlocked } = selectReady(transaction, worker, max)
  const lease = transaction.sql(
    'UPDATE task SET state = 2, status = ?, worker = ?, fence = ?, runs = ?, started_at = ? WHERE seq = ?',
  )
  const tasks: ClaimedTask[] = []
  const claimed: [number, number][] = []
  for (const row of rows) {
    const fence = transaction.nextFence()
    lease.run(STARTED, worker, fence, row.runs + 1, transaction.now, row.seq)
    tasks.push(claimedOf(row, row.runs + 1, fence, transaction.now))
    claimed.push([row.seq, fence])
  }
  return { tasks, claimed, isSatisfied: isBlocked || tasks.length === max }
}

/** The tasks of an earlier claim that the worker still holds under it. */
export function findClaimed(
  transaction: QueueTransaction,
  worker: string,
  claimed: LaneAnswer['claimed'],
): readonly ClaimedTask[] {
  const sql = transaction.sql(
    `SELECT ${HELD_COLUMNS} FROM task WHERE seq = ? AND fence = ? AND worker = ? AND state = 2`,
  )
  return claimed
    .map(([seq, fence]) => sql.get(seq, fence, worker) as HeldRow | undefined)
    .filter((row) => row !== undefined)
    .map((row) => claimedOf(row, row.runs, row.fence, row.started_at))
}
