import type { TaskRecord } from '../../../model/task-record.js'
import { FAILURE, REVOKED } from '../../../model/task-state.js'
import type { RestoredTask } from '../../operations-store.js'
import { RESULT_TTL_FLOOR } from '../../policy.js'
import { STATE } from '../database/schema.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'
import { findTask } from '../tables/find-tasks.js'
import type { QueueTransaction } from '../tables/queue-transaction.js'
import { stored } from '../tables/task-rows.js'
import { ASIDE } from '../tables/tracks.js'
import { wakeIdle } from '../tables/wake-idle.js'

/** Stores tasks as another store had them. */
export async function restore(
  session: EmbeddedSession,
  queue: string,
  tasks: readonly RestoredTask[],
): Promise<readonly boolean[]> {
  return await session.transact(queue, (transaction) => {
    const restored = tasks.map((task) => restoreTask(transaction, task))
    wakeIdle(transaction)
    return restored
  })
}

function restoreTask(transaction: QueueTransaction, task: RestoredTask): boolean {
  if (findTask(transaction, task.record.header.id)) return false
  if (task.isOver) restoreOver(transaction, task)
  else restoreLive(transaction, task.record)
  return true
}

function restoreOver(transaction: QueueTransaction, { record, isListed, ttl }: RestoredTask): void {
  const { status, startedAt, endedAt, worker } = record.header
  const seq = transaction.tracks.nextKey(ASIDE)
  const expires = transaction.later(Math.max(ttl, RESULT_TTL_FLOOR))
  const hasFailed = status === FAILURE || status === REVOKED
  insert(transaction, record, { seq, state: STATE.done, status, suspect: hasFailed && !isListed ? -1 : 0 })
  transaction
    .sql('UPDATE task SET started_at = ?, ended_at = ?, expires_at = ?, worker = ? WHERE seq = ?')
    .run(startedAt, endedAt, expires, worker, seq)
  transaction.expiries.add(expires, seq)
}

function restoreLive(transaction: QueueTransaction, record: TaskRecord): void {
  const { priority, dueAt } = record.header
  const isDelayed = dueAt > transaction.now
  const seq = transaction.tracks.nextKey(isDelayed ? ASIDE : priority)
  insert(transaction, record, { seq, state: isDelayed ? STATE.delayed : STATE.inOrder, status: null, suspect: 0 })
  if (isDelayed) transaction.delayedChanged()
  transaction.count('queued')
  const { announcements } = transaction
  if (announcements.hasListeners) announcements.queued(record)
}

interface Row {
  readonly seq: number
  readonly state: number
  readonly status: number | null
  readonly suspect: number
}

const INSERT = `INSERT INTO task (seq, queue, id, state, status, suspect, priority, job, tags, queued_at, due, runs, crashes,
  attempts, progress, outcome, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

function insert(transaction: QueueTransaction, record: TaskRecord, { seq, state, status, suspect }: Row): void {
  const { header, body, outcome, progress, attempts = [] } = record
  const { id, priority, job, tags, queuedAt, dueAt, runs, crashes } = header
  const list = (values: readonly unknown[]): string | null => (values.length === 0 ? null : JSON.stringify(values))
  const due = dueAt === queuedAt && state !== STATE.delayed ? null : dueAt
  const payloads = [progress, outcome].map((value) => (value === null ? null : stored(value)))
  transaction
    .sql(INSERT)
    .run(
      ...[seq, transaction.id, id, state, status, suspect, priority, job, list(tags), queuedAt, due, runs, crashes],
      ...[list(attempts), ...payloads, stored(body)],
    )
}
