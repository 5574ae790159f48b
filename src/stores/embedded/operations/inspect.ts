import { isPulsarError } from '../../../errors.js'
import { FAILED_TTL, MOST_FAILED } from '../../policy.js'
import type { LeasedWorker, QueueInspection, ReadyLine } from '../../operations-store.js'
import type { DatabaseConnection } from '../database/database-connection.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'
import { leaseKey, leasesOf, lostWorkers } from '../tables/leases.js'
import { queueSizes } from '../tables/queue-sizes.js'
import { lastSamples } from '../tables/sample-rows.js'
import { queueStats } from '../tables/queue-rows.js'
import type { Track } from '../tables/tracks.js'
import { ASIDE, parseTracks } from '../tables/tracks.js'

/** Looks at a queue as a whole. */
export async function inspect(session: EmbeddedSession, queue: string): Promise<QueueInspection> {
  const { store, namespace } = session
  const now = store.clock.now()
  const key = leaseKey(namespace, queue)
  // At once: a look that waited for another one would see what is called after it.
  const [[leases, lost], samples, { held, ...look }] = await Promise.all([
    session.readable(() =>
      store.leases.read(() => [leasesOf(store.leases, key), lostWorkers(store.leases, key, now)] as const),
    ),
    samplesOf(session, key),
    session.read(queue, (db, id) => lookAt(db, id, now)),
  ])
  const workers = leases.map((lease): LeasedWorker => ({ ...lease, held: held.get(lease.id) ?? 0 }))
  return { ...look, workers, lost, ...samples, now }
}

/** What queue.db knows of a queue. */
function lookAt(db: DatabaseConnection, id: number, now: number) {
  const row = db.sql('SELECT paused, tracks FROM queue WHERE id = ?').get(id) as QueueRow | undefined
  return {
    paused: row?.paused === 1,
    sizes: queueSizes(db, id),
    failed: countOf(db, FAILED, id, now - FAILED_TTL, MOST_FAILED),
    stats: queueStats(db, id),
    ready: readyLines(db, id, row === undefined ? [] : parseTracks(row.tracks)),
    nextDue: (db.sql(NEXT_DUE).get(id) as { due: number } | undefined)?.due ?? null,
    held: heldByWorker(db, id),
    suspects: countOf(db, SUSPECTS, id),
  }
}

/** For looking only: where metrics.db is damaged, nothing is known of the rates, and the queue is seen all the same. */
async function samplesOf(
  { store }: EmbeddedSession,
  key: string,
): Promise<Pick<QueueInspection, 'samples' | 'isWhole'>> {
  try {
    return await lastSamples(store.metrics, key)
  } catch (error) {
    if (isPulsarError(error, 'PQ_CLOSED')) throw error
    return { samples: [] }
  }
}

interface QueueRow {
  readonly paused: number
  readonly tracks: string
}

const FAILED = `SELECT count(*) AS count FROM (
  SELECT 1 FROM task WHERE queue = ? AND status > 1 AND ended_at > ? AND suspect = 0 LIMIT 0 + ?)`
const SUSPECTS = 'SELECT count(*) AS count FROM task WHERE queue = ? AND suspect > 0'
const NEXT_DUE = 'SELECT due FROM task WHERE queue = ? AND state = 3 ORDER BY due LIMIT 1'

function countOf(db: DatabaseConnection, sql: string, ...values: number[]): number {
  return (db.sql(sql).get(...values) as { count: number }).count
}

function heldByWorker(db: DatabaseConnection, queue: number): Map<string, number> {
  const rows = db.sql('SELECT worker, sum(left) AS held FROM batch WHERE queue = ? GROUP BY worker').all(queue)
  return new Map((rows as { worker: string; held: number }[]).map(({ worker, held }) => [worker, held]))
}

/** Ready tasks are in order, or returned to the head of their priority. */
function readyLines(db: DatabaseConnection, queue: number, tracks: readonly Track[]): ReadyLine[] {
  const returned = db
    .sql('SELECT priority, count(*) AS count FROM task WHERE queue = ? AND state = 4 GROUP BY priority')
    .all(queue) as { priority: number; count: number }[]
  const inOrder = tracks.filter(({ priority, ready }) => priority !== ASIDE && ready > 0)
  const priorities = [...new Set([...returned, ...inOrder].map(({ priority }) => priority))].sort((a, b) => b - a)
  return priorities.map((priority) => {
    const head = returned.find((line) => line.priority === priority)
    const track = inOrder.find((line) => line.priority === priority)
    const oldest = [head && firstReturned(db, queue, priority), track && firstInOrder(db, track)]
    const dues = oldest.filter((due) => due !== undefined)
    return {
      priority,
      count: (head?.count ?? 0) + (track?.ready ?? 0),
      oldest: dues.length === 0 ? null : Math.min(...dues),
    }
  })
}

function firstReturned(db: DatabaseConnection, queue: number, priority: number): number | undefined {
  const sql = db.sql(
    `SELECT coalesce(due, queued_at) AS due FROM task WHERE queue = ? AND state = 4 AND priority = ?
     ORDER BY place LIMIT 1`,
  )
  return (sql.get(queue, priority) as { due: number } | undefined)?.due
}

function firstInOrder(db: DatabaseConnection, { next, tail }: Track): number | undefined {
  const sql = db.sql(
    'SELECT coalesce(due, queued_at) AS due FROM task WHERE seq BETWEEN ? AND ? AND state = 2 ORDER BY seq LIMIT 1',
  )
  return (sql.get(next, tail) as { due: number } | undefined)?.due
}
