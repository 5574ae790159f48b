import { CHUNK_TASKS } from '../../policy.js'
import type { DatabaseConnection } from '../database/database-connection.js'

/** The records that end in one transaction, by when they expire: one row of `expiry` for all that expire together. */
export class Expiries {
  readonly #ends = new Map<number, number[]>()

  constructor(private readonly db: DatabaseConnection) {}

  add(at: number, seq: number): void {
    const seqs = this.#ends.get(at)
    if (seqs) seqs.push(seq)
    else this.#ends.set(at, [seq])
  }

  save(): void {
    if (this.#ends.size === 0) return
    const sql = this.db.sql('INSERT OR REPLACE INTO expiry (at, first, tasks) VALUES (?, ?, ?)')
    for (const [at, seqs] of this.#ends) {
      for (let i = 0; i < seqs.length; i += CHUNK_TASKS) {
        const chunk = seqs.slice(i, i + CHUNK_TASKS)
        sql.get(at, chunk[0] ?? 0, `[${chunk.join()}]`)
      }
    }
    this.#ends.clear()
  }
}
