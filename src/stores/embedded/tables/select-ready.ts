import { holdsAny, holdsSuspect } from './find-tasks.js'
import type { QueueTransaction } from './queue-transaction.js'
import { companyOf, overdueAlone, overdueAt, suspectsApart, suspectsBesideOthers } from './suspects.js'
import type { ReadyColumns, ReadyRow } from './task-rows.js'
import { READY_COLUMNS, readyRow } from './task-rows.js'
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
  /** Whether they are suspects beside which nothing else runs. */
  readonly isApart: boolean
  /** When suspects that were passed by run beside others, ms since the epoch; null: none will. */
  readonly suspectsDue: number | null
}

const NOTHING: Selection = { groups: [], isBlocked: true, isApart: false, suspectsDue: null }

/**
 * Selects the ready tasks that a worker gets. Suspects go together to a worker that holds nothing, as many as each of them allows; others
 * pass them by.
 */
export function selectReady(transaction: QueueTransaction, worker: string, max: number): Selection {
  if (!transaction.hasSuspects) {
    return { groups: selectPlain(transaction, max, []), isBlocked: false, isApart: false, suspectsDue: null }
  }
  if (holdsSuspect(transaction, worker)) return NOTHING
  const groups = selectPlain(transaction, max, suspectsBesideOthers(transaction, max))
  const suspects = suspectsApart(transaction, max)
  const first = groups[0]?.rows[0]
  const next = suspects.filter((suspect) => !first || isBefore(suspect, first))
  if (next.length > 0 && !holdsAny(transaction, worker)) {
    return { ...NOTHING, groups: [{ track: null, rows: together(next) }], isApart: true }
  }
  const dues = suspects.filter((suspect) => companyOf(suspect) > 0).map(overdueAt)
  const suspectsDue = dues.length > 0 ? Math.min(...dues) : null
  const overdue = overdueAlone(transaction)
  if (!overdue || !isHeldBack(transaction, worker)) return { groups, isBlocked: false, isApart: false, suspectsDue }
  const before = groups.map(({ track, rows }) => ({ track, rows: rows.filter((row) => isBefore(row, overdue)) }))
  const count = before.reduce((sum, { rows }) => sum + rows.length, 0)
  return { groups: before.filter(({ rows }) => rows.length > 0), isBlocked: count < max, isApart: false, suspectsDue }
}

/** The first suspects, as many as each of them allows. */
function together(suspects: readonly ReadyRow[]): readonly ReadyRow[] {
  let most = Infinity
  const taken: ReadyRow[] = []
  for (const suspect of suspects) {
    most = Math.min(most, Math.max(1, companyOf(suspect)))
    if (taken.length >= most) break
    taken.push(suspect)
  }
  return taken
}

/**
 * A suspect that runs alone, and has waited for long enough, holds one worker back until that holds nothing: the one that holds the
 * fewest tasks. Else it would wait for ever where no worker is ever empty.
 */
function isHeldBack(transaction: QueueTransaction, worker: string): boolean {
  const sql = transaction.sql(
    'SELECT worker FROM batch WHERE queue = ? GROUP BY worker ORDER BY sum(left), worker LIMIT 1',
  )
  const row = sql.get(transaction.id) as { worker: string } | undefined
  return row === undefined || row.worker === worker
}

/** Ready tasks: of each priority first those that were returned, and suspects that run beside others, then those in order. */
function selectPlain(transaction: QueueTransaction, max: number, suspects: readonly ReadyRow[]): ReadyGroup[] {
  const plain = transaction.hasReturned ? selectReturned(transaction, max) : []
  const returned = suspects.length === 0 ? plain : [...plain, ...suspects].sort((a, b) => (isBefore(a, b) ? -1 : 1))
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

const RETURNED = `SELECT ${READY_COLUMNS} FROM task WHERE queue = ? AND state = 4 ORDER BY priority DESC, place LIMIT 0 + ?`
const IN_ORDER = `SELECT ${READY_COLUMNS} FROM task WHERE seq BETWEEN ? AND ? AND state = 2 ORDER BY seq LIMIT 0 + ?`

function selectReturned({ store, id }: QueueTransaction, max: number): ReadyRow[] {
  return store.queue.lists<ReadyColumns>(RETURNED).all(id, max).map(readyRow)
}

function selectInOrder({ store }: QueueTransaction, { next, tail }: Track, max: number): ReadyRow[] {
  return store.queue.lists<ReadyColumns>(IN_ORDER).all(next, tail, max).map(readyRow)
}

function isBefore(a: ReadyRow, b: ReadyRow): boolean {
  return a.priority > b.priority || (a.priority === b.priority && (a.place ?? a.seq) < (b.place ?? b.seq))
}
