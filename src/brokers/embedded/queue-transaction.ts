import type { TaskRecord } from '../../model/task-record.js'
import type { FinalState, TaskState } from '../../model/task-state.js'
import { FAILURE, QUEUED, RETRY, SUCCESS } from '../../model/task-state.js'
import type { Encoded } from '../../util/encoded.js'
import type { QueueStats } from '../broker.js'
import { STATE } from './schema.js'
import type { Store } from './store.js'
import type { TaskRow } from './task-rows.js'
import { recordOf } from './task-rows.js'
import type { After } from './writer.js'

interface QueueRow extends Record<keyof QueueStats, number> {
  readonly id: number
  paused: number
  head: number
  tail: number
  fence: number
}

/** Finished records stay this long at least, ms. */
const SHORTEST_TTL = 600_000
const LONGEST_NOTICE = 16 * 1024
const PROMOTED_AT_ONCE = 1_000
const COUNTERS = ['queued', 'succeeded', 'failed', 'revoked', 'retried', 'returned', 'reclaimed'] as const
const EMPTY = Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Record<keyof QueueStats, number>

/**
 * One queue inside one transaction: its row, the moves of its tasks, and what has to be told afterwards. Made for each
 * verb; `finish()` writes the row back, wakes idle workers and addresses the notices.
 */
export class QueueTransaction {
  readonly now = Date.now()
  readonly #row: QueueRow
  readonly #ends = new Map<string, TaskRecord[]>()
  readonly #events: { readonly event: 'queued' | 'done'; readonly record: TaskRecord }[] = []
  readonly #listened: boolean

  constructor(
    readonly store: Store,
    /** Name of the queue. */
    readonly name: string,
    private readonly after: After,
  ) {
    this.#row = this.#open()
    this.#listened = store.isHeard('events', store.location.namespace)
  }

  get id(): number {
    return this.#row.id
  }

  /** Whether someone listens to task events. */
  get listened(): boolean {
    return this.#listened
  }

  get paused(): boolean {
    return this.#row.paused === 1
  }

  set paused(paused: boolean) {
    this.#row.paused = paused ? 1 : 0
  }

  get stats(): QueueStats {
    const { id: _id, paused: _paused, head: _head, tail: _tail, fence: _fence, ...counters } = this.#row
    return counters
  }

  count(counter: keyof QueueStats, by = 1): void {
    this.#row[counter] += by
  }

  /** The next fence: it grows, also past a clock that was set back. */
  nextFence(): number {
    this.#row.fence = Math.max(this.#row.fence + 1, this.now * 1_000)
    return this.#row.fence
  }

  nextPlace(): number {
    return ++this.#row.tail
  }

  find(id: string): TaskRow | undefined {
    const row = this.store.sql('SELECT * FROM task WHERE queue = ? AND id = ?').get(this.id, id) as TaskRow | undefined
    if (row?.state !== STATE.done || row.expires_at > this.now) return row
    this.store.sql('DELETE FROM task WHERE seq = ?').run(row.seq)
    return undefined
  }

  heldBy(worker: string): TaskRow[] {
    return this.store
      .sql('SELECT * FROM task WHERE queue = ? AND worker = ? AND state = 2 ORDER BY fence')
      .all(this.id, worker) as unknown as TaskRow[]
  }

  /** Makes delayed tasks ready whose time has come, in the order of their times. */
  promote(): void {
    const due = this.store
      .sql('SELECT seq FROM task WHERE queue = ? AND state = 1 AND due <= ? ORDER BY due, seq LIMIT ?')
      .all(this.id, this.now, PROMOTED_AT_ONCE) as { seq: number }[]
    const move = this.store.sql('UPDATE task SET state = 0, place = ? WHERE seq = ?')
    for (const { seq } of due) move.run(this.nextPlace(), seq)
  }

  /** ms to the next delayed task; null when there is none. */
  nextDue(): number | null {
    const sql = 'SELECT due FROM task WHERE queue = ? AND state = 1 ORDER BY due LIMIT 1'
    const row = this.store.sql(sql).get(this.id) as { due: number } | undefined
    return row ? Math.max(0, row.due - this.now) : null
  }

  /** Puts a held task back at the head of the queue, or delays it. Of several, the last goes first. */
  putBack(
    row: TaskRow,
    change: { readonly delay: number; readonly runs: number; readonly crashes: number; readonly suspect: number },
  ): void {
    const { delay, runs, crashes, suspect } = change
    const state = delay > 0 ? STATE.delayed : STATE.ready
    const place = delay > 0 ? 0 : --this.#row.head
    const status: TaskState = runs > 0 ? RETRY : QUEUED
    this.store
      .sql(
        'UPDATE task SET state = ?, status = ?, place = ?, due = ?, runs = ?, crashes = ?, suspect = ?, worker = NULL, progress = NULL, settled = fence WHERE seq = ?',
      )
      .run(state, status, place, delay > 0 ? this.now + delay : row.due, runs, crashes, suspect, row.seq)
  }

  /** Lets a failed task wait for its next run, at the end of the queue. */
  retry(row: TaskRow, delay: number, outcome: Encoded): void {
    const state = delay > 0 ? STATE.delayed : STATE.ready
    const place = delay > 0 ? 0 : this.nextPlace()
    this.store
      .sql(
        'UPDATE task SET state = ?, status = ?, place = ?, due = ?, outcome = ?, suspect = 0, worker = NULL, progress = NULL, settled = fence WHERE seq = ?',
      )
      .run(state, RETRY, place, this.now + delay, outcome, row.seq)
    this.count('retried')
  }

  /** Writes the final record, and remembers who has to be told. */
  end(row: TaskRow, status: FinalState, outcome: Encoded, ttl: number, settled: number): void {
    const expires = this.now + Math.max(ttl, SHORTEST_TTL)
    this.store
      .sql(
        'UPDATE task SET state = 3, status = ?, outcome = ?, ended_at = ?, expires_at = ?, settled = ?, suspect = 0, inboxes = NULL WHERE seq = ?',
      )
      .run(status, outcome, this.now, expires, settled, row.seq)
    this.count(status === SUCCESS ? 'succeeded' : status === FAILURE ? 'failed' : 'revoked')
    if (row.inboxes === null && !this.#listened) return
    const record = recordOf({ ...row, state: STATE.done, status, outcome, ended_at: this.now }, this.name)
    for (const inbox of row.inboxes?.split('\n') ?? []) {
      const list = this.#ends.get(inbox)
      if (list) list.push(record)
      else this.#ends.set(inbox, [record])
    }
    if (this.#listened) this.#events.push({ event: 'done', record })
  }

  /** Remembers that a task was queued. */
  announceQueued(row: TaskRow): void {
    if (this.#listened) this.#events.push({ event: 'queued', record: recordOf(row, this.name) })
  }

  /** Writes everything back and tells whoever has to be told. */
  finish(): void {
    this.#wake()
    const { store } = this
    const { id, paused, head, tail, fence, ...counters } = this.#row
    store
      .sql(
        `UPDATE queue SET paused = ?, head = ?, tail = ?, fence = ?, ${COUNTERS.map((name) => `${name} = ?`).join(', ')} WHERE id = ?`,
      )
      .run(paused, head, tail, fence, ...COUNTERS.map((name) => counters[name]), id)
    for (const [inbox, records] of this.#ends) {
      const tasks = records.map((record) => ({ id: record.header.id, record: isLarge(record) ? null : record }))
      store.notify('inbox', inbox, [tasks], this.after)
    }
    if (this.#events.length > 0) store.notify('events', store.location.namespace, this.#events, this.after)
  }

  /** As many idle workers as there are ready tasks. One that nobody hears any more is passed over. */
  #wake(): void {
    if (this.paused) return
    const idle = this.store.sql('SELECT place, worker FROM idle WHERE queue = ? ORDER BY place').all(this.id) as {
      place: number
      worker: string
    }[]
    if (idle.length === 0) return
    const ready = this.store
      .sql('SELECT count(*) AS count FROM (SELECT 1 FROM task WHERE queue = ? AND state = 0 LIMIT ?)')
      .get(this.id, idle.length) as { count: number }
    let left = ready.count
    for (const { place, worker } of idle) {
      if (left === 0) return
      this.store.sql('DELETE FROM idle WHERE place = ?').run(place)
      if (this.store.notify('worker', worker, [{ kind: 'wake', queue: this.name }], this.after)) left -= 1
    }
  }

  /** A task that is due sooner than any before: one idle worker has to set its timer anew. */
  wakeOne(): void {
    const sql = 'SELECT place, worker FROM idle WHERE queue = ? ORDER BY place LIMIT 1'
    for (;;) {
      const first = this.store.sql(sql).get(this.id) as { place: number; worker: string } | undefined
      if (!first) return
      this.store.sql('DELETE FROM idle WHERE place = ?').run(first.place)
      if (this.store.notify('worker', first.worker, [{ kind: 'wake', queue: this.name }], this.after)) return
    }
  }

  #open(): QueueRow {
    const { namespace } = this.store.location
    const sql = `SELECT id, paused, head, tail, fence, ${COUNTERS.join(', ')} FROM queue WHERE namespace = ? AND name = ?`
    const known = this.store.sql(sql).get(namespace, this.name) as QueueRow | undefined
    if (known) return { ...known }
    const { lastInsertRowid } = this.store
      .sql('INSERT INTO queue (namespace, name) VALUES (?, ?)')
      .run(namespace, this.name)
    return { ...EMPTY, id: Number(lastInsertRowid), paused: 0, head: 0, tail: 0, fence: 0 }
  }
}

function isLarge({ body, outcome }: TaskRecord): boolean {
  return body.length + (outcome?.length ?? 0) > LONGEST_NOTICE
}
