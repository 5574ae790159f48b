import type { ClaimedTask } from '../../broker.js'
import type { QueueTransaction } from './queue-transaction.js'
import { makeDueReady } from './requeue-tasks.js'
import type { ReadyGroup } from './select-ready.js'
import { selectReady } from './select-ready.js'
import type { ReadyColumns, ReadyRow } from './task-rows.js'
import { claimedOf, READY_COLUMNS, readyRow } from './task-rows.js'

/** Keys that were claimed together, as an answer is stored. The fence of a task is its key plus `offset`. */
export type ClaimedRun = readonly [first: number, last: number, offset: number]

export interface Claim {
  readonly tasks: readonly ClaimedTask[]
  /** The same tasks, in the same order. */
  readonly runs: readonly ClaimedRun[]
  /** Whether the worker is not idle: its slots are filled, or a suspect blocks it. */
  readonly isSatisfied: boolean
  /** When suspects that were passed by run beside others, ms since the epoch; null: none will. */
  readonly suspectsDue: number | null
}

/** Leases ready tasks to a worker, each under the next fence. */
export function claimReady(transaction: QueueTransaction, worker: string, max: number): Claim {
  if (max <= 0) return { tasks: [], runs: [], isSatisfied: true, suspectsDue: null }
  makeDueReady(transaction)
  if (transaction.paused) return { tasks: [], runs: [], isSatisfied: false, suspectsDue: null }
  // Ranges that lost a task to `returned` are written before that task is leased in a range of its own.
  transaction.batches.save()
  const { groups, isBlocked, isApart, suspectsDue } = selectReady(transaction, worker, max)
  const { tasks, runs } = leaseGroups(transaction, worker, groups, isApart)
  return { tasks, runs, isSatisfied: isBlocked || tasks.length === max, suspectsDue }
}

/** Leases what was selected for a worker. @param isApart - whether nothing else runs beside it */
export function leaseGroups(
  transaction: QueueTransaction,
  worker: string,
  groups: readonly ReadyGroup[],
  isApart = false,
): Pick<Claim, 'tasks' | 'runs'> {
  const tasks: ClaimedTask[] = []
  const runs: ClaimedRun[] = []
  for (const group of groups) {
    for (const rows of contiguous(group)) runs.push(lease(transaction, worker, { rows, isApart }, tasks))
    takeGroup(transaction, group)
  }
  return { tasks, runs }
}

/** The parts of a group that one range of keys can hold: all of a track, since nothing else will be claimed in between. */
function contiguous({ track, rows }: ReadyGroup): readonly (readonly ReadyRow[])[] {
  if (track) return [rows]
  const parts: ReadyRow[][] = []
  let previous = Number.NaN
  for (const row of rows) {
    if (row.seq === previous + 1) parts.at(-1)?.push(row)
    else parts.push([row])
    previous = row.seq
  }
  return parts
}

function lease(
  transaction: QueueTransaction,
  worker: string,
  { rows, isApart }: { readonly rows: readonly ReadyRow[]; readonly isApart: boolean },
  tasks: ClaimedTask[],
): ClaimedRun {
  const { now } = transaction
  const first = rows[0]?.seq ?? 0
  const last = rows.at(-1)?.seq ?? 0
  const offset = transaction.nextFences(last - first + 1) - first
  let changed = 0
  for (const row of rows) {
    // An earlier run may have left attempts, which the claim does not read.
    if (row.runs > 0) changed = 1
    tasks.push(claimedOf(row, row.seq + offset, now))
  }
  transaction.batches.add({
    first,
    last,
    worker,
    offset,
    at: now,
    left: rows.length,
    changed,
    suspect: isApart ? 1 : 0,
  })
  return [first, last, offset]
}

function takeGroup(transaction: QueueTransaction, { track, rows }: ReadyGroup): void {
  if (track) {
    transaction.tracks.take(track, rows.at(-1)?.seq ?? 0, rows.length)
    return
  }
  const take = transaction.sql('UPDATE task SET state = 2, place = NULL WHERE seq = ?')
  for (const { seq } of rows) take.get(seq)
}

const HELD = `SELECT ${READY_COLUMNS} FROM task WHERE seq BETWEEN ? AND ? AND state = 2 ORDER BY seq`

/** The tasks of an earlier claim that the worker still holds under it. */
export function findClaimed(
  transaction: QueueTransaction,
  worker: string,
  runs: readonly ClaimedRun[],
): readonly ClaimedTask[] {
  const sql = transaction.store.queue.lists<ReadyColumns>(HELD)
  return runs.flatMap(([first, last, offset]) =>
    sql.all(first, last).flatMap((columns) => {
      const row = readyRow(columns)
      const batch = transaction.batches.of(row.seq)
      const isHeld = batch?.worker === worker && batch.offset === offset
      return isHeld ? [claimedOf(row, row.seq + offset, batch.at)] : []
    }),
  )
}
