import type { TaskRecord } from '../../../model/task-record.js'
import type { FinalState, TaskState } from '../../../model/task-state.js'
import { FAILURE, QUEUED, RETRY, SUCCESS } from '../../../model/task-state.js'
import type { Encoded } from '../../../util/encoded.js'
import type { DoneSettlement, QueueStats } from '../../broker.js'
import { leaseKey } from './leases.js'
import { queueRow } from './queue-rows.js'
import type { QueueRow } from './queue-rows.js'
import { COUNTERS } from './queue-rows.js'
import { STATE } from '../database/schema.js'
import type { Store } from '../store.js'
import type { TaskRow } from './task-rows.js'
import { recordOf, stored } from './task-rows.js'
import { wakeIdle } from './wake-idle.js'
import type { AfterCommit } from '../database/transaction-queue.js'

/** Finished records stay this long at least, ms. */
const SHORTEST_TTL = 600_000
const LONGEST_NOTICE = 16 * 1024
const PROMOTED_AT_ONCE = 1_000

/** What changes when a held task waits again. */
export interface PutBack {
  /** ms */
  readonly delay: number
  readonly runs: number
  readonly crashes: number
  readonly suspect: number
}

/**
 * One queue inside one transaction: its row, the moves of its tasks, and what has to be told afterwards. Made for each
 * verb; `finish()` writes the row back, wakes idle workers and addresses the notices.
 */
export class QueueTransaction {
  /** ms since the epoch, by the store's clock. */
  readonly now: number
  /** How leases.db names the queue. */
  readonly leaseKey: string
  /** Whether someone listens to task events. */
  readonly listened: boolean
  readonly #row: QueueRow
  readonly #ends = new Map<string, TaskRecord[]>()
  readonly #events: { readonly event: 'queued' | 'done'; readonly record: TaskRecord }[] = []
  #isChanged = false
  #followed: boolean | undefined

  constructor(
    readonly store: Store,
    readonly namespace: string,
    /** Name of the queue. */
    readonly name: string,
    readonly after: AfterCommit,
  ) {
    this.now = store.clock.now()
    this.#row = queueRow(store, namespace, name)
    this.leaseKey = leaseKey(namespace, name)
    this.listened = store.notifier.isHeard('events', namespace)
  }

  get id(): number {
    return this.#row.id
  }

  get paused(): boolean {
    return this.#row.paused === 1
  }

  set paused(paused: boolean) {
    this.#row.paused = paused ? 1 : 0
    this.#isChanged = true
  }

  count(counter: keyof QueueStats, by = 1): void {
    this.#row[counter] += by
    this.#isChanged = true
  }

  /** The next fence: it grows, also past a clock that was set back. */
  nextFence(): number {
    this.#row.fence = Math.max(this.#row.fence + 1, this.now * 1_000)
    this.#isChanged = true
    return this.#row.fence
  }

  nextPlace(): number {
    this.#isChanged = true
    return ++this.#row.tail
  }

  /** A task, live or finished. One whose time is over is deleted. */
  find(id: string): TaskRow | undefined {
    const row = this.store.queue.sql('SELECT * FROM task WHERE queue = ? AND id = ?').get(this.id, id) as
      TaskRow | undefined
    if (row?.state !== STATE.done || row.expires_at > this.now) return row
    this.store.queue.sql('DELETE FROM task WHERE seq = ?').run(row.seq)
    return undefined
  }

  heldBy(worker: string): TaskRow[] {
    return this.store.queue
      .sql('SELECT * FROM task WHERE queue = ? AND worker = ? AND state = 2 ORDER BY fence')
      .all(this.id, worker) as unknown as TaskRow[]
  }

  /** Makes delayed tasks ready whose time has come, in the order of their times. */
  makeDueReady(): void {
    const due = this.store.queue
      .sql('SELECT seq FROM task WHERE queue = ? AND state = 1 AND due <= ? ORDER BY due, seq LIMIT ?')
      .all(this.id, this.now, PROMOTED_AT_ONCE) as { seq: number }[]
    const move = this.store.queue.sql('UPDATE task SET state = 0, place = ? WHERE seq = ?')
    for (const { seq } of due) move.run(this.nextPlace(), seq)
  }

  /** ms to the next delayed task; null when there is none. */
  nextDue(): number | null {
    const sql = 'SELECT due FROM task WHERE queue = ? AND state = 1 ORDER BY due LIMIT 1'
    const row = this.store.queue.sql(sql).get(this.id) as { due: number } | undefined
    return row ? Math.max(0, row.due - this.now) : null
  }

  /** Puts a held task back at the head of the queue, or delays it. Of several, the last goes first. */
  putBack(row: TaskRow, { delay, runs, crashes, suspect }: PutBack): void {
    const state = delay > 0 ? STATE.delayed : STATE.ready
    const place = delay > 0 ? 0 : --this.#row.head
    const status: TaskState = runs > 0 ? RETRY : QUEUED
    const due = delay > 0 ? Math.ceil(this.now + delay) : row.due
    this.store.queue
      .sql(
        `UPDATE task SET state = ?, status = ?, place = ?, due = ?, runs = ?, crashes = ?, suspect = ?, worker = NULL,
         settled = fence WHERE seq = ?`,
      )
      .run(state, status, place, due, runs, crashes, suspect, row.seq)
    this.#isChanged = true
  }

  /** Makes a delayed task due now, at the head of the queue. @returns whether it was delayed */
  promote(id: string): boolean {
    const sql = this.store.queue.sql(
      'UPDATE task SET state = 0, place = ?, due = ? WHERE queue = ? AND id = ? AND state = 1',
    )
    const { changes } = sql.run(--this.#row.head, this.now, this.id, id)
    this.#isChanged = true
    return changes === 1 || this.#isHeld(id)
  }

  #isHeld(id: string): boolean {
    const sql = this.store.queue.sql('SELECT 1 FROM task WHERE queue = ? AND id = ? AND state = 2')
    return sql.get(this.id, id) !== undefined
  }

  /** Lets a failed task wait for its next run, at the end of the queue. */
  retry(row: TaskRow, delay: number, outcome: Encoded): void {
    const state = delay > 0 ? STATE.delayed : STATE.ready
    const place = delay > 0 ? 0 : this.nextPlace()
    this.store.queue
      .sql(
        `UPDATE task SET state = ?, status = ?, place = ?, due = ?, outcome = ?, suspect = 0, worker = NULL,
         settled = fence WHERE seq = ?`,
      )
      .run(state, RETRY, place, Math.ceil(this.now + delay), stored(outcome), row.seq)
    this.count('retried')
  }

  /** Writes the final record of a task, wherever it is, and remembers who has to be told. */
  end(row: TaskRow, status: FinalState, outcome: Encoded, ttl: number, settled: number): void {
    this.store.queue
      .sql(
        `UPDATE task SET state = 3, status = ?, outcome = ?, ended_at = ?, expires_at = ?, settled = ?, crashes = ?,
         suspect = 0 WHERE seq = ?`,
      )
      .run(status, stored(outcome), this.now, this.#expiry(ttl), settled, row.crashes, row.seq)
    this.#ended(row.seq, status, row.inboxes)
  }

  /** The same for one that a worker says is done. @returns false when the worker does not hold it under that fence */
  endHeld({ id, fence, status, outcome, ttl }: DoneSettlement, worker: string): boolean {
    // In one statement, and what is returned costs as much again: every task goes through here.
    const isTold = this.listened || this.#isFollowed()
    const sql = this.store.queue.sql(
      `UPDATE task SET state = 3, status = ?, outcome = ?, ended_at = ?, expires_at = ?, settled = fence, suspect = 0
       WHERE queue = ? AND id = ? AND state = 2 AND fence = ? AND worker = ?${isTold ? ' RETURNING seq, inboxes' : ''}`,
    )
    const values = [status, stored(outcome), this.now, this.#expiry(ttl), this.id, id, fence, worker] as const
    if (!isTold) {
      if (sql.run(...values).changes === 0) return false
      this.#ended(0, status, null)
      return true
    }
    const row = sql.get(...values) as Pick<TaskRow, 'seq' | 'inboxes'> | undefined
    if (row) this.#ended(row.seq, status, row.inboxes)
    return row !== undefined
  }

  /** Remembers that a task was queued. */
  announceQueued(id: string): void {
    const row = this.listened ? this.find(id) : undefined
    if (row) this.#events.push({ event: 'queued', record: recordOf(row, this.name) })
  }

  /** Deletes finished records whose time is over. */
  prune(limit: number): void {
    if (limit <= 0) return
    this.store.queue
      .sql('DELETE FROM task WHERE seq IN (SELECT seq FROM task WHERE state = 3 AND expires_at <= ? LIMIT ?)')
      .run(this.now, limit)
  }

  /** Tells a worker something. @returns whether it hears it */
  tell(worker: string, notice: object): boolean {
    return this.store.notifier.notify('worker', `${this.namespace}\n${worker}`, [notice], this.after)
  }

  /** Writes everything back and tells whoever has to be told. */
  finish(): void {
    const { notifier } = this.store
    if (!this.paused) wakeIdle(this)
    if (this.#isChanged) this.#save()
    for (const [inbox, records] of this.#ends) {
      const tasks = records.map((record) => ({ id: record.header.id, record: isLarge(record) ? null : record }))
      notifier.notify('inbox', `${this.namespace}\n${inbox}`, [{ kind: 'done', tasks }], this.after)
    }
    if (this.#events.length > 0) notifier.notify('events', this.namespace, this.#events, this.after)
  }

  /** Whether any task that is live has an inbox. Asked once: a transaction that settles adds none. */
  #isFollowed(): boolean {
    this.#followed ??=
      this.store.queue
        .sql('SELECT 1 FROM task WHERE queue = ? AND inboxes IS NOT NULL AND state < 3 LIMIT 1')
        .get(this.id) !== undefined
    return this.#followed
  }

  #expiry(ttl: number): number {
    return Math.ceil(this.now + Math.max(ttl, SHORTEST_TTL))
  }

  #ended(seq: number, status: FinalState, inboxes: string | null): void {
    this.count(status === SUCCESS ? 'succeeded' : status === FAILURE ? 'failed' : 'revoked')
    if (inboxes === null && !this.listened) return
    const record = recordOf(this.store.queue.sql('SELECT * FROM task WHERE seq = ?').get(seq) as TaskRow, this.name)
    for (const inbox of inboxes?.split('\n') ?? []) {
      const list = this.#ends.get(inbox)
      if (list) list.push(record)
      else this.#ends.set(inbox, [record])
    }
    if (this.listened) this.#events.push({ event: 'done', record })
  }

  #save(): void {
    const { id, paused, head, tail, fence, ...counters } = this.#row
    const counts = COUNTERS.map((name) => `${name} = ?`).join(', ')
    this.store.queue
      .sql(`UPDATE queue SET paused = ?, head = ?, tail = ?, fence = ?, ${counts} WHERE id = ?`)
      .run(paused, head, tail, fence, ...COUNTERS.map((name) => counters[name]), id)
  }
}

function isLarge({ body, outcome }: TaskRecord): boolean {
  return body.length + (outcome?.length ?? 0) > LONGEST_NOTICE
}
