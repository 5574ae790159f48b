import type { DatabaseConnection } from '../database/database-connection.js'
import type { Value } from '../database/sqlite.js'

/** The parts of a worker's row that are written together: what it waits for, its last hand-off, and the last call of each lane. */
export type WorkerPart = 'idle' | 'handOff' | 'lane0' | 'lane1'

const COLUMNS: Record<WorkerPart, string> = {
  idle: 'since = ?, due = ?, slots = ?, takes = ?, woken = ?',
  handOff: 'handed = ?, handed_runs = ?',
  lane0: 'seq_0 = ?, answer_0 = ?',
  lane1: 'seq_1 = ?, answer_1 = ?',
}

type Parts = Partial<Record<WorkerPart, readonly Value[]>>

/** What one transaction changes in the rows of workers: `save()` writes each row once. Created by the transaction. */
export class WorkerChanges {
  readonly #changed = new Map<string, Parts>()

  constructor(
    private readonly db: DatabaseConnection,
    /** Number of the queue's row. */
    private readonly queue: number,
  ) {}

  /** @param values - of the columns of the part, in their order */
  set(worker: string, part: WorkerPart, values: readonly Value[]): void {
    const parts = this.#changed.get(worker)
    if (parts) parts[part] = values
    else this.#changed.set(worker, { [part]: values })
  }

  /** The worker's row is deleted. */
  drop(worker: string): void {
    this.#changed.delete(worker)
  }

  save(): void {
    for (const [worker, parts] of this.#changed) this.#save(worker, parts)
    this.#changed.clear()
  }

  #save(worker: string, parts: Parts): void {
    let columns = ''
    const values: Value[] = []
    for (const part in parts) {
      columns += columns === '' ? COLUMNS[part as WorkerPart] : `, ${COLUMNS[part as WorkerPart]}`
      values.push(...(parts[part as WorkerPart] ?? []))
    }
    values.push(this.queue, worker)
    this.db.sql(`UPDATE worker SET ${columns} WHERE queue = ? AND worker = ?`).get(...values)
  }
}
