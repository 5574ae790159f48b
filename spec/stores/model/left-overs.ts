import { join } from 'node:path'
import { openDatabase } from '../../../lib/stores/embedded/database/sqlite.js'

/** Tables of the embedded store in which a drained queue whose workers have left has no row. */
const LIVE_TABLES = ['batch', 'worker']

/** What a directory keeps of a drained queue beside records and counters, and where the order of its keys is wrong. */
export function leftOversOfEmbedded(url: string, queue: string): readonly string[] {
  const db = openDatabase(join(url.replace(/^embedded:/, ''), 'queue.db'))
  try {
    const count = (sql: string, ...values: string[]): number =>
      (db.prepare(sql).get(...values) as { count: number }).count
    const left = LIVE_TABLES.filter(
      (table) =>
        count(`SELECT count(*) AS count FROM ${table} JOIN queue ON queue.id = ${table}.queue WHERE name = ?`, queue) >
        0,
    )
    const waiting =
      'SELECT count(*) AS count FROM task JOIN queue ON queue.id = task.queue WHERE name = ? AND state < 6'
    if (count(waiting, queue) > 0) left.push('task')
    const unmarked = `SELECT count(*) AS count FROM task WHERE state = 6 AND (place IS NOT NULL OR suspect > 0)`
    if (count(unmarked) > 0) left.push('an ended task in an order')
    const kept = `SELECT count(*) AS count FROM task WHERE state = 6
      AND NOT EXISTS (SELECT 1 FROM expiry, json_each(expiry.tasks) AS e WHERE e.value = task.seq AND at = expires_at)`
    if (count(kept) > 0) left.push('a record that nothing deletes')
    return left
  } finally {
    db.close()
  }
}

/** Tables that have rows of a queue, or of one that is not known. */
const TABLES_OF_QUEUES = ['track', 'task', 'batch', 'worker', 'tick', 'problem']

/** Tables that have rows of a queue: its own, and rows of queues that no longer are. */
export function rowsOfEmbedded(url: string, queue: string): readonly string[] {
  const db = openDatabase(join(url.replace(/^embedded:/, ''), 'queue.db'))
  try {
    const has = (sql: string, ...values: string[]): boolean => db.prepare(sql).get(...values) !== undefined
    const left = TABLES_OF_QUEUES.filter((table) =>
      has(`SELECT 1 FROM ${table} WHERE queue NOT IN (SELECT id FROM queue)`),
    )
    if (has('SELECT 1 FROM queue WHERE name = ?', queue)) left.push('queue')
    return left
  } finally {
    db.close()
  }
}
