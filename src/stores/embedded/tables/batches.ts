import type { DatabaseConnection } from '../database/database-connection.js'

/** A row of `batch`. */
export interface BatchRow {
  readonly first: number
  readonly last: number
  readonly worker: string
  readonly offset: number
  readonly at: number
  readonly left: number
  readonly changed: number
  readonly suspect: number
}

/** Tasks that one claim has leased, while a transaction uses them. */
export interface Batch extends BatchRow {
  left: number
  changed: number
  /** Keys of tasks that are ready again, and may be claimed in another batch. */
  readonly released: Set<number>
  isDirty: boolean
}

const COLUMNS = 'first, last, worker, offset, at, left, changed, suspect'
type BatchColumns = readonly [
  first: number,
  last: number,
  worker: string,
  offset: number,
  at: number,
  left: number,
  changed: number,
  suspect: number,
]

const BEFORE = `SELECT ${COLUMNS} FROM batch WHERE first <= ? ORDER BY first DESC LIMIT 1`

function isIn({ first, last }: BatchRow, seq: number): boolean {
  return seq >= first && seq <= last
}

/** The batches that one transaction reads and changes. Changes are written by `save()`. Created by the transaction. */
export class Batches {
  readonly #loaded = new Map<number, Batch>()
  #latest: Batch | null = null

  constructor(
    private readonly db: DatabaseConnection,
    /** Number of the queue's row. */
    private readonly queue: number,
  ) {}

  /** The batch in which a task is held. The caller knows that the task is `inOrder`. */
  of(seq: number): Batch | null {
    let batch = this.#latest
    if (batch === null || !isIn(batch, seq)) {
      batch = this.#find(seq)
      if (batch === null) return null
      this.#latest = batch
    }
    return batch.released.has(seq) ? null : batch
  }

  /** The batches of a worker, in the order in which it claimed them. */
  ofWorker(worker: string): readonly Batch[] {
    const text = `SELECT ${COLUMNS} FROM batch WHERE queue = ? AND worker = ? ORDER BY first + offset`
    const sql = this.db.lists<BatchColumns>(text)
    return sql.all(this.queue, worker).map((row) => this.#load(row))
  }

  add({ first, last, worker, offset, at, left, changed, suspect }: BatchRow): void {
    this.db
      .sql(`INSERT INTO batch (queue, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
      .get(this.queue, first, last, worker, offset, at, left, changed, suspect)
  }

  /** Notes that a task of a batch has ended, or waits under another key. */
  end(batch: Batch): void {
    batch.left -= 1
    batch.isDirty = true
  }

  /** Notes that a task of a batch waits again under the same key. */
  release(batch: Batch, seq: number): void {
    batch.released.add(seq)
    this.end(batch)
  }

  /** Notes that the row of a held task has more than its claim has seen. */
  change(batch: Batch): void {
    if (batch.changed === 1) return
    batch.changed = 1
    batch.isDirty = true
  }

  /** Forgets what a worker holds, but for which another program has deleted the task. */
  forget(worker: string): void {
    this.save()
    this.db.sql('DELETE FROM batch WHERE queue = ? AND worker = ?').run(this.queue, worker)
  }

  save(): void {
    if (this.#loaded.size === 0) return
    for (const batch of this.#loaded.values()) if (batch.isDirty) this.#save(batch)
    this.#loaded.clear()
    this.#latest = null
  }

  /** One that is loaded, or that of the row. The ranges do not overlap. */
  #find(seq: number): Batch | null {
    for (const batch of this.#loaded.values()) if (isIn(batch, seq)) return batch
    const row = this.db.lists<BatchColumns>(BEFORE).get(seq)
    return row && row[1] >= seq ? this.#load(row) : null
  }

  #load([first, last, worker, offset, at, left, changed, suspect]: BatchColumns): Batch {
    const known = this.#loaded.get(first)
    if (known) return known
    const released = new Set<number>()
    const batch: Batch = { first, last, worker, offset, at, left, changed, suspect, released, isDirty: false }
    this.#loaded.set(first, batch)
    return batch
  }

  #save(batch: Batch): void {
    const { first, left, changed, released } = batch
    if (left > 0 && released.size === 0) {
      this.db.sql('UPDATE batch SET left = ?, changed = ? WHERE first = ?').get(left, changed, first)
      return
    }
    this.db.sql('DELETE FROM batch WHERE first = ?').get(first)
    if (left > 0) this.#split(batch)
  }

  /** Writes what is left of a batch between the released keys: ranges must not overlap when those are claimed again. */
  #split(batch: Batch): void {
    let first = batch.first
    for (const released of [...batch.released, batch.last + 1].sort((a, b) => a - b)) {
      if (released > first) this.#addRest(batch, first, released - 1)
      first = released + 1
    }
  }

  #addRest(batch: Batch, first: number, last: number): void {
    const count = this.db.sql('SELECT count(*) AS count FROM task WHERE seq BETWEEN ? AND ? AND state = 2')
    const { count: left } = count.get(first, last) as { count: number }
    if (left > 0) this.add({ ...batch, first, last, left })
  }
}
