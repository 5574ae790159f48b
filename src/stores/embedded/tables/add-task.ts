import type { TaskRecord } from '../../../model/task-record.js'
import { taskHeader } from '../../../model/task-record.js'
import type { NewTask, QueueReply } from '../../broker.js'
import { STATE } from '../database/schema.js'
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
  const first = insertTask(transaction, task, ready)
  if (first) return first
  const existing = findTask(transaction, task.id)
  // The record of a finished task was past its time, and `findTask` has deleted it.
  if (!existing) return insertTask(transaction, task, ready) ?? unexpected(task.id)
  const isOver = existing.state === STATE.done
  if (!isOver && task.inbox !== null && existing.job === task.job) addInbox(transaction, existing, task.inbox)
  const record = isOver ? recordOf(existing, transaction.name) : null
  return { id: task.id, verdict: 'duplicate', queuedAt: existing.queued_at, record, job: existing.job }
}

/** Adds an inbox to a live task: the inbox gets a notice when the task ends. */
export function addInbox(transaction: QueueTransaction, row: TaskRow, inbox: string): void {
  const inboxes = row.inboxes?.split('\n') ?? []
  if (inboxes.includes(inbox)) return
  transaction.sql('UPDATE task SET inboxes = ? WHERE seq = ?').run([...inboxes, inbox].join('\n'), row.seq)
  const batch = row.holder === null ? null : transaction.batches.of(row.seq)
  if (batch) transaction.batches.change(batch)
}

const INSERT = `INSERT INTO task (seq, queue, id, state, priority, job, tags, queued_at, due, inboxes, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (queue, id) DO NOTHING`

/** @returns null where the id is taken */
function insertTask(transaction: QueueTransaction, task: NewTask, ready: ReadyRow[] | null): QueueReply | null {
  const { id, job, tags, body, priority, delay, inbox } = task
  const { now } = transaction
  const isDelayed = delay > 0
  const due = isDelayed ? transaction.later(delay) : null
  const seq = transaction.tracks.nextKey(isDelayed ? ASIDE : priority)
  const [tagList, storedBody] = [tags.length === 0 ? null : JSON.stringify(tags), stored(body)]
  const { changes } = transaction
    .sql(INSERT)
    .run(
      seq,
      transaction.id,
      id,
      isDelayed ? STATE.delayed : STATE.inOrder,
      priority,
      job,
      tagList,
      now,
      due,
      inbox,
      storedBody,
    )
  if (changes === 0) {
    transaction.tracks.bury(isDelayed ? ASIDE : priority)
    return null
  }
  if (isDelayed) transaction.delayedChanged()
  else {
    ready?.push({
      seq,
      id,
      job,
      tags: tagList,
      priority,
      place: null,
      due: null,
      queued_at: now,
      runs: 0,
      crashes: 0,
      suspect: 0,
      inboxes: inbox,
      refs: null,
      body: storedBody,
    })
  }
  transaction.count('queued')
  const { announcements } = transaction
  if (announcements.hasListeners) announcements.queued(recordOfNew(transaction, task, due ?? now))
  return { id, verdict: 'queued', queuedAt: now, record: null }
}

function recordOfNew({ name, now }: QueueTransaction, task: NewTask, dueAt: number): TaskRecord {
  const { id, job, tags, priority, body } = task
  const header = taskHeader({ id, queue: name, job, tags, priority, queuedAt: now, dueAt })
  return { header, body, outcome: null, progress: null }
}

function unexpected(id: string): never {
  throw new Error(`task ${id} could neither be found nor stored`)
}
