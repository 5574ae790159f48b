import { QUEUED } from '../../../model/task-state.js'
import type { NewTask, QueueReply } from '../../broker.js'
import { STATE } from '../database/schema.js'
import { findTask, recordOfRow } from './find-tasks.js'
import type { QueueTransaction } from './queue-transaction.js'
import type { TaskRow } from './task-rows.js'
import { recordOf, stored } from './task-rows.js'

/** Stores a new task. A duplicate changes nothing, but its inbox is added to the live task. */
export function addTask(transaction: QueueTransaction, task: NewTask): QueueReply {
  const first = insertTask(transaction, task)
  if (first) return first
  const existing = findTask(transaction, task.id)
  // The record of a finished task was past its time, and `findTask` has deleted it.
  if (!existing) return insertTask(transaction, task) ?? unexpected(task.id)
  const isOver = existing.state === STATE.done
  if (!isOver && task.inbox !== null) addInbox(transaction, existing, task.inbox)
  const record = isOver ? recordOf(existing, transaction.name) : null
  return { id: task.id, verdict: 'duplicate', queuedAt: existing.queued_at, record }
}

/** Adds an inbox to a live task: the inbox gets a notice when the task ends. */
export function addInbox(transaction: QueueTransaction, row: TaskRow, inbox: string): void {
  const inboxes = row.inboxes?.split('\n') ?? []
  if (inboxes.includes(inbox)) return
  transaction.sql('UPDATE task SET inboxes = ? WHERE seq = ?').run([...inboxes, inbox].join('\n'), row.seq)
}

/** @returns null where the id is taken */
function insertTask(transaction: QueueTransaction, task: NewTask): QueueReply | null {
  const { id, job, tags, body, priority, delay, inbox } = task
  const { now } = transaction
  const isDelayed = delay > 0
  const { changes, lastInsertRowid } = transaction
    .sql(
      `INSERT INTO task (queue, id, state, status, priority, position, due, queued_at, inboxes, job, tags, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (queue, id) DO NOTHING`,
    )
    .run(
      transaction.id,
      id,
      isDelayed ? STATE.delayed : STATE.ready,
      QUEUED,
      priority,
      isDelayed ? 0 : transaction.nextTail(),
      transaction.later(delay),
      now,
      inbox,
      job,
      tags.length === 0 ? '' : JSON.stringify(tags),
      stored(body),
    )
  if (changes === 0) return null
  transaction.count('queued')
  const { announcements } = transaction
  if (announcements.hasListeners) announcements.queued(recordOfRow(transaction, Number(lastInsertRowid)))
  return { id, verdict: 'queued', queuedAt: now, record: null }
}

function unexpected(id: string): never {
  throw new Error(`task ${id} could neither be found nor stored`)
}
