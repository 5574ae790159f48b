import { SUSPECT_DELAY } from '../../policy.js'
import { holdsAny, holdsSuspect } from './find-tasks.js'
import type { QueueTransaction } from './queue-transaction.js'
import type { ReadyRow } from './task-rows.js'
import { READY_COLUMNS } from './task-rows.js'
import type { Track } from './tracks.js'

/** Ready tasks of one track, or tasks that were returned. */
export interface ReadyGroup {
  /** Null: returned tasks, or a suspect. */
  readonly track: Track | null
  readonly rows: readonly ReadyRow[]
}

/** The tasks that a worker gets. */
export interface Selection {
  /** In the order in which to start them. */
  readonly groups: readonly ReadyGroup[]
  /** Whether the worker gets no more until a task that it holds has ended. */
  readonly isBlocked: boolean
}

/** Selects the ready tasks that a worker gets. A suspect goes alone, to a worker that holds nothing. */
export function selectReady(transaction: QueueTransaction, worker: string, max: number): Selection {
  if (!transaction.hasSuspects) return { groups: selectPlain(transaction, max), isBlocked: false }
  if (holdsSuspect(transaction, worker)) return { groups: [], isBlocked: true }
  const groups = selectPlain(transaction, max)
  const suspect = firstSuspect(transaction, transaction.now + 1)
  if (!suspect) return { groups, isBlocked: false }
  const first = groups[0]?.rows[0]
  if (!holdsAny(transaction, worker) && (!first || isBefore(suspect, first))) {
    return { groups: [{ track: null, rows: [suspect] }], isBlocked: true }
  }
  const overdue = firstSuspect(transaction, transaction.now - SUSPECT_DELAY)
  if (!overdue) return { groups, isBlocked: false }
  const before = groups.map(({ track, rows }) => ({ track, rows: rows.filter((row) => isBefore(row, overdue)) }))
  const count = before.reduce((sum, { rows }) => sum + rows.length, 0)
  return { groups: before.filter(({ rows }) => rows.length > 0), isBlocked: count < max }
}

/** Ready tasks that are no suspects: of each priority first those that were returned, then those in order. */
function selectPlain(transaction: QueueTransaction, max: number): ReadyGroup[] {
  const returned = transaction.hasReturned ? selectReturned(transaction, max) : []
  const groups: ReadyGroup[] = []
  let left = max
  const add = (track: Track | null, rows: readonly ReadyRow[]): void => {
    if (rows.length > 0) groups.push({ track, rows })
    left -= rows.length
  }
  let at = 0
  for (const track of transaction.tracks.withReady()) {
    const from = at
    while (at < returned.length && (returned[at]?.priority ?? 0) >= track.priority) at++
    if (left > 0) add(null, returned.slice(from, Math.min(at, from + left)))
    if (left <= 0) return groups
    const rows = selectInOrder(transaction, track, left)
    // Another program has deleted tasks. Counted on, they would have workers look for them without end.
    if (rows.length < Math.min(left, track.ready)) transaction.tracks.recount(track, rows.length)
    add(track, rows)
  }
  if (left > 0) add(null, returned.slice(at, at + left))
  return groups
}

function selectReturned(transaction: QueueTransaction, max: number): ReadyRow[] {
  return transaction
    .sql(`SELECT ${READY_COLUMNS} FROM task WHERE queue = ? AND state = 4 ORDER BY priority DESC, place LIMIT ?`)
    .all(transaction.id, max) as unknown as ReadyRow[]
}

function selectInOrder(transaction: QueueTransaction, { next, tail }: Track, max: number): ReadyRow[] {
  return transaction
    .sql(`SELECT ${READY_COLUMNS} FROM task WHERE seq BETWEEN ? AND ? AND state = 2 ORDER BY seq LIMIT ?`)
    .all(next, tail, max) as unknown as ReadyRow[]
}

/** The first suspect in the order of the queue that became one before `since`. */
function firstSuspect(transaction: QueueTransaction, since: number): ReadyRow | undefined {
  return transaction
    .sql(
      `SELECT ${READY_COLUMNS} FROM task WHERE queue = ? AND state = 5 AND suspect > 0 AND suspect < ?
       ORDER BY priority DESC, place LIMIT 1`,
    )
    .get(transaction.id, since) as ReadyRow | undefined
}

function isBefore(a: ReadyRow, b: ReadyRow): boolean {
  return a.priority > b.priority || (a.priority === b.priority && (a.place ?? a.seq) < (b.place ?? b.seq))
}
