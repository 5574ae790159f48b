import type { QueueStats } from '../../broker.js'
import type { Statement } from '../database/sqlite.js'
import { LONGEST_DURATION } from '../../../model/duration.js'
import type { AfterCommit } from '../database/transaction-queue.js'
import type { Store } from '../store.js'
import { Announcements } from './announcements.js'
import { Batches } from './batches.js'
import { Expiries } from './expiries.js'
import { leaseKey } from './leases.js'
import type { IdleWorker } from './idle-worker.js'
import type { QueueLook } from './queue-rows.js'
import { lookAtQueue, saveQueueRow } from './queue-rows.js'
import { TRACK_NUMBERS, Tracks } from './tracks.js'
import { checkWithin, fencesAt, HEADS } from './unreadable.js'
import { UnseenEnds } from './unseen-ends.js'
import { WorkerChanges } from './worker-changes.js'

/**
 * One queue inside one transaction: its row, what the transaction gathers before it writes it, and what has to be announced.
 * Created for each call of a verb; `finish()` writes everything and addresses the announcements.
 */
export class QueueTransaction {
  /** ms since the epoch, by the store's clock. */
  readonly now: number
  /** The queue's name in leases.db. */
  readonly leaseKey: string
  readonly announcements: Announcements
  readonly tracks: Tracks
  readonly batches: Batches
  readonly expiries: Expiries
  readonly workers: WorkerChanges
  readonly unseen: UnseenEnds
  /** The idle workers, see `idle-workers.ts`; null: they were not read yet. */
  idle: readonly IdleWorker[] | null
  /** Whether tasks may be ready that are not in order, suspects aside. */
  hasReturned: boolean
  /** Whether suspects may wait or run. */
  hasSuspects: boolean
  /** Whether this transaction has made suspects. */
  hasNewSuspects = false
  readonly #row: QueueLook
  #due: number | null
  #isDueKnown = true
  #isChanged = false

  constructor(
    readonly store: Store,
    namespace: string,
    /** Name of the queue. */
    readonly name: string,
    readonly afterCommit: AfterCommit,
  ) {
    this.now = store.clock.now()
    const row = lookAtQueue(store.queue, namespace, name, this.now)
    this.#row = row
    this.#due = row.due
    this.idle = row.idle === 1 ? null : []
    this.hasReturned = row.returned === 1
    this.hasSuspects = row.suspects === 1
    this.leaseKey = leaseKey(namespace, name)
    this.announcements = new Announcements(store.notifier, namespace, afterCommit, row.listeners === 1)
    this.tracks = Tracks.parse(row.tracks, (priority) => this.#newTrack(priority))
    this.batches = new Batches(store.queue, row.id)
    this.expiries = new Expiries(store.queue)
    this.workers = new WorkerChanges(store.queue, row.id)
    this.unseen = new UnseenEnds(store, this.leaseKey, this.now, afterCommit)
  }

  /** Whether workers may be idle. */
  get hasIdle(): boolean {
    return this.idle?.length !== 0
  }

  /** Number of the queue's row. */
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

  /** Whether finished records, of any queue, had expired when the transaction began. */
  get hasExpired(): boolean {
    return this.#row.expires !== null && this.#row.expires <= this.now
  }

  /** When the next delayed task is due, ms since the epoch; null when there is none. */
  get due(): number | null {
    if (this.#isDueKnown) return this.#due
    const sql = this.sql('SELECT due FROM task WHERE queue = ? AND state = 3 ORDER BY due LIMIT 1')
    this.#due = (sql.get(this.id) as { due: number } | undefined)?.due ?? null
    this.#isDueKnown = true
    return this.#due
  }

  /** ms to the next delayed task; null when there is none. */
  get nextDue(): number | null {
    return this.due === null ? null : Math.max(0, this.due - this.now)
  }

  /** Notes that a task is delayed now, or no longer. */
  delayedChanged(): void {
    this.#isDueKnown = false
  }

  /** Notes that the queue is in use. */
  touch(): void {
    this.#isChanged = true
  }

  /** The prepared statement of a text, on queue.db. */
  sql(text: string): Statement {
    return this.store.queue.sql(text)
  }

  count(counter: keyof QueueStats, by = 1): void {
    this.#row[counter] += by
    this.#isChanged = true
  }

  /** The time in `ms` from now, at most the latest one that a row can hold. */
  later(ms: number): number {
    return Math.ceil(this.now + Math.min(ms, LONGEST_DURATION))
  }

  /** The first of `count` new fences. They grow even if the clock was set back. @throws {@link UnreadableRowError} */
  nextFences(count: number): number {
    const first = Math.max(this.#row.fence + 1, this.now * 1_000)
    this.#row.fence = checkWithin(first + count - 1, fencesAt(this.now))
    this.#isChanged = true
    return first
  }

  /** A place before all others. @throws {@link UnreadableRowError} */
  nextHead(): number {
    this.#isChanged = true
    this.#row.head = checkWithin(this.#row.head - 1, HEADS)
    return this.#row.head
  }

  finish(): void {
    this.batches.save()
    this.expiries.save()
    this.workers.save()
    const row = this.#row
    if (this.tracks.isChanged) row.tracks = this.tracks.toString()
    if (this.#isChanged || this.tracks.isChanged) saveQueueRow(this.store.queue, row, this.now)
    this.announcements.send()
  }

  #newTrack(priority: number): number {
    const { lastInsertRowid } = this.sql('INSERT INTO track (queue, priority) VALUES (?, ?)').run(this.id, priority)
    return checkWithin(Number(lastInsertRowid), TRACK_NUMBERS)
  }
}
