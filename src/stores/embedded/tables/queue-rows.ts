import type { QueueStats } from '../../broker.js'
import type { DatabaseConnection } from '../database/database-connection.js'

/** A row of `queue`. */
export interface QueueRow extends Record<keyof QueueStats, number> {
  readonly id: number
  paused: number
  /** Position of the task that was put at the head last. */
  head: number
  /** Position of the task that was put at the tail last. */
  tail: number
  fence: number
}

const COUNTERS = ['queued', 'succeeded', 'failed', 'revoked', 'retried', 'released', 'reclaimed'] as const
const NONE: QueueStats = { queued: 0, succeeded: 0, failed: 0, revoked: 0, retried: 0, released: 0, reclaimed: 0 }

/** The row of a queue, which is made when the store first hears of it. In a transaction. */
export function queueRow(db: DatabaseConnection, namespace: string, name: string): QueueRow {
  const sql = `SELECT id, paused, head, tail, fence, ${COUNTERS.join(', ')} FROM queue WHERE namespace = ? AND name = ?`
  const existing = db.sql(sql).get(namespace, name) as QueueRow | undefined
  if (existing) return { ...existing }
  const { lastInsertRowid } = db.sql('INSERT INTO queue (namespace, name) VALUES (?, ?)').run(namespace, name)
  return { ...NONE, id: Number(lastInsertRowid), paused: 0, head: 0, tail: 0, fence: 0 }
}

export function saveQueueRow(db: DatabaseConnection, row: QueueRow): void {
  const counts = COUNTERS.map((name) => `${name} = ?`).join(', ')
  db.sql(`UPDATE queue SET paused = ?, head = ?, tail = ?, fence = ?, ${counts} WHERE id = ?`).run(
    row.paused,
    row.head,
    row.tail,
    row.fence,
    ...COUNTERS.map((name) => row[name]),
    row.id,
  )
}

/** The number of a queue; null when the store has not seen it. */
export function queueId(db: DatabaseConnection, namespace: string, name: string): number | null {
  const row = db.sql('SELECT id FROM queue WHERE namespace = ? AND name = ?').get(namespace, name)
  return (row as { id: number } | undefined)?.id ?? null
}

/** The names of all queues, in the order in which the store heard of them. */
export function queueNames(db: DatabaseConnection, namespace: string): readonly string[] {
  const rows = db.sql('SELECT name FROM queue WHERE namespace = ? ORDER BY id').all(namespace) as { name: string }[]
  return rows.map(({ name }) => name)
}

/** The counters of a queue, by its number; all 0 when the store has not seen it. */
export function queueStats(db: DatabaseConnection, id: number): QueueStats {
  const sql = `SELECT ${COUNTERS.join(', ')} FROM queue WHERE id = ?`
  const row = db.sql(sql).get(id) as QueueStats | undefined
  return { ...(row ?? NONE) }
}
