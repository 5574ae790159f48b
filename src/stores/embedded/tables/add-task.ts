import { QUEUED } from '../../../model/task-state.js'
import type { NewTask, QueueReply } from '../../broker.js'
import type { QueueTransaction } from './queue-transaction.js'
import { STATE } from '../database/schema.js'
import type { TaskRow } from './task-rows.js'
import { recordOf, stored } from './task-rows.js'

/** Takes a task in. A known id has no effect, but that the inbox follows a live task. */
export function addTask(queue: QueueTransaction, task: NewTask): QueueReply {
  const first = insert(queue, task)
  if (first) return first
  const known = queue.find(task.id)
  // It was finished, and its record was past its time: `find` has deleted it.
  if (!known) return insert(queue, task) ?? unexpected(task.id)
  const isOver = known.state === STATE.done
  if (!isOver && task.inbox !== null) follow(queue, known, task.inbox)
  const record = isOver ? recordOf(known, queue.name) : null
  return { id: task.id, verdict: 'duplicate', queuedAt: known.queued_at, record }
}

/** Tells an inbox of the end of a live task. */
export function follow({ store }: QueueTransaction, row: TaskRow, inbox: string): void {
  const inboxes = row.inboxes?.split('\n') ?? []
  if (inboxes.includes(inbox)) return
  store.queue.sql('UPDATE task SET inboxes = ? WHERE seq = ?').run([...inboxes, inbox].join('\n'), row.seq)
}

/** @returns null where the id is known */
function insert(queue: QueueTransaction, { id, body, priority, delay, inbox }: NewTask): QueueReply | null {
  const { now, store } = queue
  const isDelayed = delay > 0
  const { changes } = store.queue
    .sql(
      `INSERT INTO task (queue, id, state, status, priority, place, due, queued_at, inboxes, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (queue, id) DO NOTHING`,
    )
    .run(
      queue.id,
      id,
      isDelayed ? STATE.delayed : STATE.ready,
      QUEUED,
      priority,
      isDelayed ? 0 : queue.nextPlace(),
      Math.ceil(now + delay),
      now,
      inbox,
      stored(body),
    )
  if (changes === 0) return null
  queue.count('queued')
  queue.announceQueued(id)
  return { id, verdict: 'queued', queuedAt: now, record: null }
}

function unexpected(id: string): never {
  throw new Error(`task ${id} could neither be found nor stored`)
}
