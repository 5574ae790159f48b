import { DEFAULT_FAILURE_TTL } from '../../../model/defaults.js'
import { FAILURE, REVOKED, SUCCESS } from '../../../model/task-state.js'
import type { DatabaseConnection } from '../database/database-connection.js'
import { STATE } from '../database/schema.js'
import { suspectMark } from './suspects.js'
import { ASIDE, KEYS, PRIORITIES, Track, trackOfKey } from './tracks.js'
import type { Bounds } from './unreadable.js'
import { allWithin, COUNTS, FEW, fencesAt, HEADS, repaired, timesAt, within } from './unreadable.js'

/** As JSON, which every serializer of the package reads. */
const REASON = JSON.stringify({
  e: 'its row in the store has a number that cannot be read: another program has written it',
})

const STATES = Object.values(STATE)
const STATE_BOUNDS: Bounds = [Math.min(...STATES), Math.max(...STATES)]
const PLACES: Bounds = [HEADS[0], KEYS[1]]

/** Columns of a task without whose numbers it cannot run. */
const needed = (now: number): Record<string, Bounds> => ({
  priority: PRIORITIES,
  queued_at: timesAt(now),
  runs: FEW,
  crashes: FEW,
  suspect: [-1, suspectMark(timesAt(now)[1], Infinity)],
})
const isEncoded = (column: string): string => `typeof(${column}) IN ('text', 'blob')`
const textOf = (column: string): string => `iif(${isEncoded(column)}, ${column}, CAST(${column} AS TEXT))`

/**
 * Makes the rows of tasks readable. One that cannot run ends as FAILURE. Runs in a transaction.
 *
 * @returns the keys of those that have ended
 */
export function repairTasks(db: DatabaseConnection, now: number): readonly number[] {
  moveUnreadableKeys(db)
  repairQueueOfTasks(db)
  repairColumns(db, now)
  return endUnreadable(db, now)
}

/** A task whose key cannot be read gets one aside. One that was in order, or held, is ready. */
function moveUnreadableKeys(db: DatabaseConnection): void {
  const bad = db.sql(
    `SELECT CAST(seq AS TEXT) AS key, CAST(queue AS TEXT) AS queue FROM task WHERE NOT (${within('seq', KEYS)}) ORDER BY queue, seq`,
  )
  let track = { queue: '', next: 0 }
  for (const { key, queue } of bad.all() as { key: string; queue: string }[]) {
    if (track.queue !== queue) {
      const insert = db.sql('INSERT INTO track (queue, priority) VALUES (CAST(? AS INTEGER), ?)')
      track = { queue, next: Track.range(Number(insert.run(queue, ASIDE).lastInsertRowid))[0] }
    }
    db.sql(
      `UPDATE task SET seq = ?, place = iif(state = ${String(STATE.inOrder)}, -1, place),
       state = iif(state = ${String(STATE.inOrder)}, ${String(STATE.returned)}, state) WHERE seq = CAST(? AS INTEGER)`,
    ).run(track.next, key)
    track.next += 1
  }
}

/** A task whose queue cannot be read is of the queue whose track has its key. One that is of none is found by nobody. */
function repairQueueOfTasks(db: DatabaseConnection): void {
  const isBad = `NOT (${within('queue', COUNTS)})`
  db.sql(
    `UPDATE OR IGNORE task SET queue = (SELECT queue FROM track WHERE number = ${trackOfKey('task.seq')})
     WHERE ${isBad} AND EXISTS (SELECT 1 FROM track WHERE number = ${trackOfKey('task.seq')})`,
  ).run()
  db.sql(`DELETE FROM task WHERE ${isBad}`).run()
}

/** Repairs what a task can do without. */
function repairColumns(db: DatabaseConnection, now: number): void {
  const times = timesAt(now)
  const isOver = `state = ${String(STATE.done)}`
  const isPlaced = `state IN (${String(STATE.returned)}, ${String(STATE.suspected)})`
  const latest = String(times[1])
  const columns: readonly (readonly [column: string, bounds: Bounds, otherwise: string])[] = [
    ['due', times, latest],
    ['expires_at', times, latest],
    ['ended_at', times, String(now)],
    ['started_at', times, '0'],
    ['settled', fencesAt(now), '0'],
    ['place', PLACES, `iif(${isPlaced}, 0, NULL)`],
    ['status', [SUCCESS, REVOKED], `iif(${isOver}, ${String(FAILURE)}, NULL)`],
  ]
  const isPayload = (column: string): string => `(${column} IS NULL OR ${isEncoded(column)})`
  const bounds = Object.fromEntries(columns.map(([column, range]) => [column, range]))
  db.sql(
    `UPDATE task SET ${columns.map((each) => repaired(...each)).join(', ')},
     progress = iif(${isPayload('progress')}, progress, NULL),
     outcome = CASE WHEN ${isPayload('outcome')} THEN outcome WHEN NOT ${isOver} THEN NULL
       WHEN status = ${String(SUCCESS)} THEN CAST(outcome AS TEXT) ELSE ?1 END
     WHERE NOT (${allWithin(bounds)} AND ${isPayload('progress')} AND ${isPayload('outcome')})`,
  ).run(REASON)
}

/** @returns the keys of those that have ended by this */
function endUnreadable(db: DatabaseConnection, now: number): readonly number[] {
  const columns = needed(now)
  const isBad = `NOT (${allWithin(columns)} AND ${isEncoded('body')} AND state BETWEEN ${STATE_BOUNDS.map(String).join(' AND ')})`
  const repairs = [
    ...Object.entries(columns).map(([column, bounds]) => repaired(column, bounds, '0')),
    `body = ${textOf('body')}`,
  ]
  const expires = now + DEFAULT_FAILURE_TTL
  db.sql(`UPDATE task SET ${repairs.join(', ')} WHERE state = ${String(STATE.done)} AND ${isBad}`).run()
  const others = repairs.filter((repair) => !repair.startsWith('suspect ='))
  const rows = db
    .sql(
      `UPDATE task SET ${others.join(', ')}, suspect = 0, place = NULL, state = ${String(STATE.done)}, worker = NULL,
       ended_at = ?1, expires_at = ?2, status = ${String(FAILURE)}, outcome = ?3 WHERE ${isBad} RETURNING seq`,
    )
    .all(now, expires, REASON) as { seq: number }[]
  const keys = rows.map(({ seq }) => seq)
  const expiry = db.sql('INSERT OR REPLACE INTO expiry (at, first, tasks) VALUES (?, ?, ?)')
  for (const key of keys) expiry.run(expires, key, JSON.stringify([key]))
  return keys
}
