import type { QueueStats } from '../../broker.js'
import type { Store } from '../store.js'

/** A row of `queue`. */
export interface QueueRow extends Record<keyof QueueStats, number> {
  readonly id: number
  paused: number
  /** `place` of the last task that was put at the head. */
  head: number
  /** `place` of the last task that was put at the end. */
  tail: number
  fence: number
}

export const COUNTERS = ['queued', 'succeeded', 'failed', 'revoked', 'retried', 'released', 'reclaimed'] as const
const NONE: QueueStats = { queued: 0, succeeded: 0, failed: 0, revoked: 0, retried: 0, released: 0, reclaimed: 0 }

/** The row of a queue; makes it where it is the first time that the store hears of it. In a transaction. */
export function queueRow(store: Store, namespace: string, name: string): QueueRow {
  const sql = `SELECT id, paused, head, tail, fence, ${COUNTERS.join(', ')} FROM queue WHERE namespace = ? AND name = ?`
  const known = store.queue.sql(sql).get(namespace, name) as QueueRow | undefined
  if (known) return { ...known }
  const { lastInsertRowid } = store.queue.sql('INSERT INTO queue (namespace, name) VALUES (?, ?)').run(namespace, name)
  return { ...NONE, id: Number(lastInsertRowid), paused: 0, head: 0, tail: 0, fence: 0 }
}

/** The number of a queue; null when the store has not seen it. */
export function queueId(store: Store, namespace: string, name: string): number | null {
  const row = store.queue.sql('SELECT id FROM queue WHERE namespace = ? AND name = ?').get(namespace, name)
  return (row as { id: number } | undefined)?.id ?? null
}

export function queueStats(store: Store, namespace: string, name: string): QueueStats {
  const sql = `SELECT ${COUNTERS.join(', ')} FROM queue WHERE namespace = ? AND name = ?`
  const row = store.queue.sql(sql).get(namespace, name) as QueueStats | undefined
  return { ...(row ?? NONE) }
}
