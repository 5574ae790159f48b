import type { TaskRecord } from '../../../model/task-record.js'
import { taskHeader } from '../../../model/task-record.js'
import type { Encoded } from '../../../model/encoded.js'
import type { NewTask, QueueReply } from '../../broker.js'
import { STATE } from '../database/schema.js'
import type { Value } from '../database/sqlite.js'
import { findTask } from './find-tasks.js'
import type { QueueTransaction } from './queue-transaction.js'
import type { ReadyRow, TaskRow } from './task-rows.js'
import { recordOf, stored } from './task-rows.js'
import { ASIDE } from './tracks.js'

/**
 * Stores a new task. A duplicate changes nothing, but its inbox is added to the live task.
 *
 * @param ready - gets the row of the task, as a claim would read it, if the task is ready
 */
export function addTask(transaction: QueueTransaction, task: NewTask, ready: ReadyRow[] | null): QueueReply {
  return insertTask(transaction, task, ready) ?? replyOfFirst(transaction, task, ready)
}

/** The reply to a task whose id is taken: by the first one of that id. */
function replyOfFirst(transaction: QueueTransaction, task: NewTask, ready: ReadyRow[] | null): QueueReply {
  const existing = findTask(transaction, task.id)
  // The record of a finished task was past its time, and `findTask` has deleted it.
  if (!existing) return insertTask(transaction, task, ready) ?? unexpected(task.id)
  const isOver = existing.state === STATE.done
  if (!isOver && task.inbox !== null && existing.job === task.job) {
    const inboxes = addInbox(transaction, existing, task.inbox)
    // It may be handed over in this transaction.
    const at = ready?.findIndex(({ seq }) => seq === existing.seq) ?? -1
    const row = ready?.[at]
    if (ready && row) ready[at] = withInboxes(row, inboxes)
  }
  const record = isOver ? recordOf(existing, transaction.name) : null
  return { id: task.id, verdict: 'duplicate', queuedAt: existing.queued_at, record, job: existing.job }
}

function withInboxes({ inboxes: _inboxes, ...others }: ReadyRow, inboxes: string): ReadyRow {
  return { inboxes, ...others }
}

/** Adds an inbox to a live task: the inbox gets a notice when the task ends. @returns all of them, as the row has them */
export function addInbox(transaction: QueueTransaction, row: TaskRow, inbox: string): string {
  const known = row.inboxes?.split('\n') ?? []
  if (known.includes(inbox)) return row.inboxes ?? inbox
  const inboxes = [...known, inbox].join('\n')
  transaction.sql('UPDATE task SET inboxes = ? WHERE seq = ?').run(inboxes, row.seq)
  const batch = row.holder === null ? null : transaction.batches.of(row.seq)
  if (batch) transaction.batches.change(batch)
  return inboxes
}

const INSERT = `INSERT INTO task (seq, queue, id, state, priority, job, tags, queued_at, due, inboxes, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (queue, id) DO NOTHING`

/** Number of like tasks that one statement stores. Each run of a statement, and each value that it is given, costs a fifth of a row. */
const TOGETHER = 8
/** Number of the values that they share, of which the last one is the key of the first row. */
const SHARED = 9
const ROWS_TOGETHER = Array.from({ length: TOGETHER }, (_, i) => {
  const [id, body] = [SHARED + 2 * i + 1, SHARED + 2 * i + 2]
  return `(?9 + ${String(i)}, ?1, ?${String(id)}, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?${String(body)})`
})
/** `OR FAIL`: SQLite need not keep what it would have to undo of the statement alone. Who gets its error undoes the whole write. */
const INSERT_TOGETHER = `INSERT OR FAIL INTO task (seq, queue, id, state, priority, job, tags, queued_at, due, inboxes, body)
  VALUES ${ROWS_TOGETHER.join(', ')} ON CONFLICT (queue, id) DO NOTHING`

/** A row that was stored, or could not be stored since its id is taken. */
interface NewRow {
  readonly task: NewTask
  readonly seq: number
  /** Null: the task is ready. */
  readonly due: number | null
  readonly tags: string | null
  readonly body: Encoded
}

/**
 * Stores new tasks, in order.
 *
 * @param ready - as of {@link addTask}
 */
export function addTasks(
  transaction: QueueTransaction,
  tasks: readonly NewTask[],
  ready: ReadyRow[] | null,
): readonly QueueReply[] {
  const replies: QueueReply[] = []
  for (let at = 0; at < tasks.length; at += TOGETHER) {
    const group = tasks.slice(at, at + TOGETHER)
    if (group.length === TOGETHER && areLike(group)) addTogether(transaction, group, ready, replies)
    else for (const task of group) replies.push(addTask(transaction, task, ready))
  }
  return replies
}

/** Whether tasks differ in their ids and bodies only. */
function areLike([first, ...others]: readonly NewTask[]): boolean {
  return others.every(
    ({ job, priority, inbox, delay, tags }) =>
      job === first?.job &&
      priority === first.priority &&
      inbox === first.inbox &&
      delay === first.delay &&
      (tags === first.tags || (tags.length === 0 && first.tags.length === 0)),
  )
}

function addTogether(
  transaction: QueueTransaction,
  tasks: readonly NewTask[],
  ready: ReadyRow[] | null,
  replies: QueueReply[],
): void {
  const rows = tasks.map((task) => newRow(transaction, task))
  const stored = insertTogether(transaction, rows)
  for (const row of rows) {
    if (stored?.has(row.seq) === false) {
      buryKey(transaction, row)
      replies.push(replyOfFirst(transaction, row.task, ready))
    } else replies.push(noteStored(transaction, row, ready))
  }
}

/** @returns the keys of those that were stored; null: all of them */
function insertTogether(transaction: QueueTransaction, rows: readonly NewRow[]): ReadonlySet<number> | null {
  const [first] = rows
  if (first === undefined) return null
  if (rows.some(({ seq }, i) => seq !== first.seq + i)) {
    // A track was worn, and another one begun.
    return new Set(rows.filter((row) => insertOne(transaction, row)).map(({ seq }) => seq))
  }
  const values = sharedValues(transaction, first)
  values.push(first.seq)
  for (const { task, body } of rows) values.push(task.id, body)
  const { changes } = transaction.sql(INSERT_TOGETHER).run(...values)
  return changes === rows.length ? null : storedAmong(transaction, rows)
}

/** The keys of those that were stored: no other row has one of them. */
function storedAmong(transaction: QueueTransaction, rows: readonly NewRow[]): ReadonlySet<number> {
  const sql = transaction.sql('SELECT 1 FROM task WHERE seq = ?')
  return new Set(rows.filter(({ seq }) => sql.get(seq) !== undefined).map(({ seq }) => seq))
}

/** @returns null where the id is taken */
function insertTask(transaction: QueueTransaction, task: NewTask, ready: ReadyRow[] | null): QueueReply | null {
  const row = newRow(transaction, task)
  if (insertOne(transaction, row)) return noteStored(transaction, row, ready)
  buryKey(transaction, row)
  return null
}

/** @returns false where the id is taken */
function insertOne(transaction: QueueTransaction, row: NewRow): boolean {
  const [queue, ...shared] = sharedValues(transaction, row)
  return transaction.sql(INSERT).run(row.seq, queue, row.task.id, ...shared, row.body).changes > 0
}

function newRow(transaction: QueueTransaction, task: NewTask): NewRow {
  const { body, priority, delay, tags } = task
  const due = delay > 0 ? transaction.later(delay) : null
  const seq = transaction.tracks.nextKey(due === null ? priority : ASIDE)
  return { task, seq, due, tags: tags.length === 0 ? null : JSON.stringify(tags), body: stored(body) }
}

/** Queue, state, priority, job, tags, time, due time and inbox. */
function sharedValues({ id: queue, now }: QueueTransaction, { task, due, tags }: NewRow): [number, ...Value[]] {
  const { priority, job, inbox } = task
  return [queue, due === null ? STATE.inOrder : STATE.delayed, priority, job, tags, now, due, inbox]
}

/** A row was not stored, so that its key has no task. */
function buryKey({ tracks }: QueueTransaction, { task, due }: NewRow): void {
  tracks.bury(due === null ? task.priority : ASIDE)
}

function noteStored(transaction: QueueTransaction, row: NewRow, ready: ReadyRow[] | null): QueueReply {
  const { task, due } = row
  const { now, announcements } = transaction
  if (due !== null) transaction.delayedChanged()
  else if (ready !== null) ready.push(readyRowOf(transaction, row))
  transaction.count('queued')
  if (announcements.hasListeners) announcements.queued(recordOfNew(transaction, task, due ?? now))
  return { id: task.id, verdict: 'queued', queuedAt: now, record: null }
}

/** The row as a claim would read it. */
function readyRowOf({ now }: QueueTransaction, { task, seq, tags, body }: NewRow): ReadyRow {
  const { id, job, priority, inbox } = task
  return {
    seq,
    id,
    job,
    tags,
    priority,
    place: null,
    due: null,
    queued_at: now,
    runs: 0,
    crashes: 0,
    suspect: 0,
    inboxes: inbox,
    refs: null,
    body,
  }
}

function recordOfNew({ name, now }: QueueTransaction, task: NewTask, dueAt: number): TaskRecord {
  const { id, job, tags, priority, body } = task
  const header = taskHeader({ id, queue: name, job, tags, priority, queuedAt: now, dueAt })
  return { header, body, outcome: null, progress: null }
}

function unexpected(id: string): never {
  throw new Error(`task ${id} could neither be found nor stored`)
}
