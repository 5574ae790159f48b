import type { QueueStats } from '../../broker.js'
import type { Statement } from '../database/sqlite.js'
import { LONGEST_DURATION } from '../../../model/duration.js'
import type { AfterCommit } from '../database/transaction-queue.js'
import type { Store } from '../store.js'
import { Announcements } from './announcements.js'
import { leaseKey } from './leases.js'
import type { QueueRow } from './queue-rows.js'
import { queueRow, saveQueueRow } from './queue-rows.js'

/**
 * One queue inside one transaction: its row, and what has to be announced. Created for each call of a verb; `finish()` writes the
 * row back and addresses the announcements.
 */
export class QueueTransaction {
  /** ms since the epoch, by the store's clock. */
  readonly now: number
  /** The queue's name in leases.db. */
  readonly leaseKey: string
  readonly announcements: Announcements
  readonly #row: QueueRow
  #isChanged = false
  #hasAwaited: boolean | undefined

  constructor(
    readonly store: Store,
    namespace: string,
    /** Name of the queue. */
    readonly name: string,
    readonly afterCommit: AfterCommit,
  ) {
    this.now = store.clock.now()
    this.#row = queueRow(store.queue, namespace, name)
    this.leaseKey = leaseKey(namespace, name)
    this.announcements = new Announcements(store.notifier, namespace, afterCommit)
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

  /** Whether any live task has an inbox. Looked up once: a transaction that settles adds none. */
  get hasAwaited(): boolean {
    return (this.#hasAwaited ??=
      this.sql('SELECT 1 FROM task WHERE queue = ? AND inboxes IS NOT NULL AND state < 3 LIMIT 1').get(this.id) !==
      undefined)
  }

  /** The prepared statement of a text, on queue.db. */
  sql(text: string): Statement {
    return this.store.queue.sql(text)
  }

  count(counter: keyof QueueStats): void {
    this.#row[counter] += 1
    this.#isChanged = true
  }

  /** The time in `ms` from now, at most the latest one that a row can hold. */
  later(ms: number): number {
    return Math.ceil(this.now + Math.min(ms, LONGEST_DURATION))
  }

  /** The next fence. It grows even if the clock was set back. */
  nextFence(): number {
    this.#row.fence = Math.max(this.#row.fence + 1, this.now * 1_000)
    this.#isChanged = true
    return this.#row.fence
  }

  /** A position before all others. */
  nextHead(): number {
    this.#isChanged = true
    return --this.#row.head
  }

  /** A position after all others. */
  nextTail(): number {
    this.#isChanged = true
    return ++this.#row.tail
  }

  finish(): void {
    if (this.#isChanged) saveQueueRow(this.store.queue, this.#row)
    this.announcements.send()
  }
}
