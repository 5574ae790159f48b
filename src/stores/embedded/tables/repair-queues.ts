import type { DatabaseConnection } from '../database/database-connection.js'
import { COUNTERS } from './queue-rows.js'
import { repairSequence } from './repair-sequence.js'
import { COUNTS, fencesAt, FLAG, HEADS, repaired, timesAt, within } from './unreadable.js'

/** The tables whose rows belong to a queue, by its number. */
const TABLES = ['track', 'task', 'batch', 'worker', 'tick', 'problem']

/** Gives another number to queues whose number cannot be read, and to all that belongs to them. Runs in a transaction. */
export function repairQueueKeys(db: DatabaseConnection): void {
  const bad = db.sql(`SELECT CAST(id AS TEXT) AS id FROM queue WHERE id < 1 OR NOT (${within('id', COUNTS)})`)
  for (const { id } of bad.all() as { id: string }[]) {
    const next = db.sql(`SELECT coalesce(max(id), 0) + 1 AS id FROM queue WHERE ${within('id', COUNTS)}`)
    const { id: free } = next.get() as { id: number }
    const key = Math.max(1, free)
    db.sql('UPDATE queue SET id = ? WHERE id = CAST(? AS INTEGER)').run(key, id)
    for (const table of TABLES)
      db.sql(`UPDATE OR IGNORE ${table} SET queue = ? WHERE queue = CAST(? AS INTEGER)`).run(key, id)
  }
  repairSequence(db, 'queue', 'id')
}

/** Fences go on after those that are in use. Runs in a transaction, after the batches were repaired. */
export function repairQueueNumbers(db: DatabaseConnection, now: number): void {
  const fence = `max(${String(now * 1_000)}, coalesce((SELECT max(last + offset) FROM batch WHERE batch.queue = queue.id), 0))`
  const head = '(SELECT min(coalesce(min(place), 0), 0) FROM task WHERE task.queue = queue.id)'
  const repairs = [
    ...COUNTERS.map((column) => repaired(column, COUNTS, '0')),
    repaired('paused', FLAG, '0'),
    repaired('used_at', timesAt(now), String(now)),
    repaired('fence', fencesAt(now), fence),
    repaired('head', HEADS, head),
  ]
  db.sql(`UPDATE queue SET ${repairs.join(', ')}`).run()
}
