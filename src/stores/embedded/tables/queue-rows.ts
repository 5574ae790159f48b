import type { QueueStats } from '../../broker.js'
import type { DatabaseConnection } from '../database/database-connection.js'

/** A row of `queue`. */
export interface QueueRow extends Record<keyof QueueStats, number> {
  readonly id: number
  paused: number
  /** See `tracks.ts`. */
  tracks: string
  /** Place of the task that was put before all others last. */
  head: number
  fence: number
}

/** A queue at the start of a transaction: its row, and what nearly every verb has to know beside it. */
export interface QueueLook extends QueueRow {
  /** Whether anyone listens to task events of the namespace. */
  readonly listeners: number
  /** Whether workers are idle. */
  readonly idle: number
  /** Whether tasks are ready that are not in order. */
  readonly returned: number
  /** Whether suspects wait or run. */
  readonly suspects: number
  /** When the next delayed task is due; null: there is none. */
  readonly due: number | null
  /** When the next finished record expires, in any queue; null: there is none. */
  readonly expires: number | null
}

/** The columns of `queue` that count. */
export const COUNTERS = ['queued', 'succeeded', 'failed', 'revoked', 'retried', 'released', 'reclaimed'] as const
const NONE: QueueStats = { queued: 0, succeeded: 0, failed: 0, revoked: 0, retried: 0, released: 0, reclaimed: 0 }

/** One statement, since each one costs as much as several of these columns. */
const LOOK = `SELECT id, paused, tracks, head, fence, ${COUNTERS.join(', ')},
  EXISTS (SELECT 1 FROM receiver WHERE kind = 'events' AND name = ?1) AS listeners,
  EXISTS (SELECT 1 FROM worker WHERE queue = q.id AND since IS NOT NULL) AS idle,
  EXISTS (SELECT 1 FROM task WHERE queue = q.id AND state = 4) AS returned,
  EXISTS (SELECT 1 FROM task WHERE queue = q.id AND suspect > 0) AS suspects,
  (SELECT due FROM task WHERE queue = q.id AND state = 3 ORDER BY due LIMIT 1) AS due,
  (SELECT at FROM expiry ORDER BY at LIMIT 1) AS expires
  FROM queue AS q WHERE namespace = ?1 AND name = ?2`

/** The columns of {@link LOOK}. */
type LookRow = readonly [
  id: number,
  paused: number,
  tracks: string,
  head: number,
  fence: number,
  queued: number,
  succeeded: number,
  failed: number,
  revoked: number,
  retried: number,
  released: number,
  reclaimed: number,
  listeners: number,
  idle: number,
  returned: number,
  suspects: number,
  due: number | null,
  expires: number | null,
]

/** A queue, which is made when the store first hears of it. In a transaction. */
export function lookAtQueue(db: DatabaseConnection, namespace: string, name: string, now: number): QueueLook {
  const row = look(db, namespace, name)
  if (row) return lookOf(row)
  db.sql('INSERT INTO queue (namespace, name, used_at) VALUES (?, ?, ?)').run(namespace, name, now)
  const made = look(db, namespace, name)
  if (!made) throw new Error(`queue ${name} could not be stored`)
  return lookOf(made)
}

function look(db: DatabaseConnection, namespace: string, name: string): LookRow | undefined {
  return db.lists<LookRow>(LOOK).get(namespace, name)
}

function lookOf(row: LookRow): QueueLook {
  const [id, paused, tracks, head, fence, queued, succeeded, failed, revoked, retried, released, reclaimed] = row
  return {
    id,
    paused,
    tracks,
    head,
    fence,
    queued,
    succeeded,
    failed,
    revoked,
    retried,
    released,
    reclaimed,
    listeners: row[12],
    idle: row[13],
    returned: row[14],
    suspects: row[15],
    due: row[16],
    expires: row[17],
  }
}

const SAVE = `UPDATE queue SET used_at = ?, paused = ?, tracks = ?, head = ?, fence = ?,
  ${COUNTERS.map((name) => `${name} = ?`).join(', ')} WHERE id = ?`

export function saveQueueRow(db: DatabaseConnection, row: QueueRow, now: number): void {
  db.sql(SAVE).get(
    now,
    row.paused,
    row.tracks,
    row.head,
    row.fence,
    row.queued,
    row.succeeded,
    row.failed,
    row.revoked,
    row.retried,
    row.released,
    row.reclaimed,
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
