import { DEFAULT_FAILURE_TTL } from '../../../model/defaults.js'
import { FAILURE } from '../../../model/task-state.js'
import { LONGEST_DURATION } from '../../../model/duration.js'
import { STATE } from '../database/schema.js'
import type { DatabaseConnection } from '../database/database-connection.js'
import { repairTracks } from './repair-tracks.js'
import { UnreadableNumberError } from './task-rows.js'
import { UnreadableTracksError } from './tracks.js'

/** Columns of a task without whose numbers it cannot run. */
const NUMBERS = ['priority', 'queued_at', 'runs', 'crashes', 'suspect']
const QUEUE_NUMBERS = ['queued', 'succeeded', 'failed', 'revoked', 'retried', 'released', 'reclaimed']
const BATCH_NUMBERS = ['offset', 'at', 'left']

/** As JSON, which every serializer of the package reads. */
const REASON = JSON.stringify({
  e: 'its row in the store has a number that cannot be read: another program has written it',
})

const readable = (column: string): string =>
  `coalesce(${column}, 0) BETWEEN ${String(Number.MIN_SAFE_INTEGER)} AND ${String(Number.MAX_SAFE_INTEGER)}`
const allReadable = (columns: readonly string[]): string => columns.map(readable).join(' AND ')
const repaired = (column: string, otherwise: string): string =>
  `${column} = CASE WHEN ${readable(column)} THEN ${column} ELSE ${otherwise} END`

/** Whether reading a row has failed: JavaScript cannot hold one of its numbers, or it is not what this package writes. */
export function isUnreadable(error: unknown): boolean {
  if (error instanceof UnreadableTracksError || error instanceof UnreadableNumberError) return true
  return error instanceof Error && error.message.includes('too large to be represented as a JavaScript number')
}

/**
 * Makes all rows readable that an earlier version or another program has written. A time that is too late becomes the latest
 * possible one. A task with a number that cannot be read, and without which it cannot run, ends as FAILURE with the reason. Runs
 * in a transaction.
 */
export function quarantineUnreadable(db: DatabaseConnection, now: number): void {
  const latest = String(now + LONGEST_DURATION)
  const times = ['due', 'expires_at', 'ended_at']
  const others = ['started_at', 'settled']
  const repairs = [
    ...times.map((column) => repaired(column, latest)),
    ...others.map((column) => repaired(column, '0')),
    repaired('place', 'iif(state IN (4, 5), 0, NULL)'),
  ]
  db.sql(`UPDATE task SET ${repairs.join(', ')} WHERE NOT (${allReadable([...times, ...others, 'place'])})`).run()
  endUnreadableTasks(db, now)
  returnUnreadableBatches(db)
  const head = '(SELECT min(coalesce(min(place), 0), 0) FROM task WHERE task.queue = queue.id)'
  db.sql(
    `UPDATE queue SET ${QUEUE_NUMBERS.map((column) => repaired(column, '0')).join(', ')},
     ${repaired('fence', String(now * 1_000))}, ${repaired('head', head)}`,
  ).run()
  repairTracks(db)
  db.sql(`DELETE FROM tick WHERE NOT (${readable('last')})`).run()
  db.sql(`DELETE FROM expiry WHERE NOT (${allReadable(['at', 'first'])})`).run()
  repairWorkers(db)
}

/** A worker whose last call cannot be read has to join anew: only under another id can it know what it holds. */
function repairWorkers(db: DatabaseConnection): void {
  db.sql(`DELETE FROM worker WHERE NOT (${allReadable(['seq_0', 'seq_1'])})`).run()
  db.sql(`UPDATE worker SET handed = 0, handed_runs = '[]' WHERE NOT (${readable('handed')})`).run()
  const repairs = [
    ...['due', 'woken'].map((column) => repaired(column, 'NULL')),
    ...['since', 'takes'].map((column) => repaired(column, '0')),
    repaired('slots', '1'),
  ]
  db.sql(`UPDATE worker SET ${repairs.join(', ')}`).run()
}

/** A task that was in order leaves an unused key behind, which its track still counts as ready: so tracks are counted anew. */
function endUnreadableTasks(db: DatabaseConnection, now: number): void {
  db.sql(
    `UPDATE task SET ${NUMBERS.map((column) => repaired(column, '0')).join(', ')},
     state = ${String(STATE.done)}, worker = NULL, ended_at = ?1, expires_at = ?2,
     status = CASE state WHEN ${String(STATE.done)} THEN status ELSE ${String(FAILURE)} END,
     outcome = CASE state WHEN ${String(STATE.done)} THEN outcome ELSE ?3 END
     WHERE NOT (${allReadable(NUMBERS)})`,
  ).run(now, now + DEFAULT_FAILURE_TTL, REASON)
  db.sql(
    `INSERT OR REPLACE INTO expiry (at, first, tasks) SELECT expires_at, seq, json_array(seq) FROM task
     WHERE ended_at = ?1 AND state = ${String(STATE.done)} AND expires_at = ?2`,
  ).run(now, now + DEFAULT_FAILURE_TTL)
  db.sql(
    `UPDATE batch SET left = (SELECT count(*) FROM task WHERE seq BETWEEN first AND last AND state = 2)
     WHERE ${allReadable(BATCH_NUMBERS)}`,
  ).run()
  db.sql('DELETE FROM batch WHERE left = 0').run()
}

/** Tasks whose claim cannot be read are ready again. */
function returnUnreadableBatches(db: DatabaseConnection): void {
  const broken = `NOT (${allReadable(BATCH_NUMBERS)})`
  db.sql(
    `UPDATE task SET state = 4, place = -1
     WHERE state = 2 AND EXISTS (SELECT 1 FROM batch WHERE task.seq BETWEEN first AND last AND ${broken})`,
  ).run()
  db.sql(`DELETE FROM batch WHERE ${broken}`).run()
}
