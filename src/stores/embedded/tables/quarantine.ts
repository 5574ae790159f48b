import { DEFAULT_FAILURE_TTL } from '../../../model/defaults.js'
import { FAILURE } from '../../../model/task-state.js'
import { LONGEST_DURATION } from '../../../model/duration.js'
import { STATE } from '../database/schema.js'
import type { DatabaseConnection } from '../database/database-connection.js'

/** Columns of a task with numbers that are no future times. */
const NUMBERS = ['priority', 'position', 'queued_at', 'runs', 'crashes', 'suspect', 'started_at', 'fence', 'settled']
const QUEUE_NUMBERS = ['queued', 'succeeded', 'failed', 'revoked', 'retried', 'released', 'reclaimed']

/** As JSON, which every serializer of the package reads. */
const REASON = JSON.stringify({
  e: 'its row in the store has a number that cannot be read: another program has written it',
})

const readable = (column: string): string =>
  `${column} BETWEEN ${String(Number.MIN_SAFE_INTEGER)} AND ${String(Number.MAX_SAFE_INTEGER)}`
const repaired = (column: string, otherwise: string): string =>
  `${column} = CASE WHEN ${readable(column)} THEN ${column} ELSE ${otherwise} END`

/** Whether reading a row has failed because JavaScript cannot hold one of its numbers. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof Error && error.message.includes('too large to be represented as a JavaScript number')
}

/**
 * Makes all rows readable that an earlier version or another program has written. A time that is too late becomes the latest
 * possible one. A task with any other number that cannot be read ends as FAILURE with the reason. Runs in a transaction.
 */
export function quarantineUnreadable(db: DatabaseConnection, now: number): void {
  const latest = String(now + LONGEST_DURATION)
  const times = ['due', 'expires_at', 'ended_at']
  db.sql(
    `UPDATE task SET ${times.map((column) => repaired(column, latest)).join(', ')}
     WHERE NOT (${times.map(readable).join(' AND ')})`,
  ).run()
  db.sql(
    `UPDATE task SET ${NUMBERS.map((column) => repaired(column, '0')).join(', ')},
     state = ${String(STATE.done)}, worker = NULL, ended_at = ?, expires_at = ?,
     status = CASE state WHEN ${String(STATE.done)} THEN status ELSE ${String(FAILURE)} END,
     outcome = CASE state WHEN ${String(STATE.done)} THEN outcome ELSE ? END
     WHERE NOT (${NUMBERS.map(readable).join(' AND ')})`,
  ).run(now, now + DEFAULT_FAILURE_TTL, REASON)
  const position = (end: string): string =>
    `(SELECT coalesce(${end}(position), 0) FROM task WHERE task.queue = queue.id)`
  db.sql(
    `UPDATE queue SET ${QUEUE_NUMBERS.map((column) => repaired(column, '0')).join(', ')},
     ${repaired('fence', String(now * 1_000))}, ${repaired('head', position('min'))}, ${repaired('tail', position('max'))}`,
  ).run()
  db.sql(`UPDATE idle SET due = NULL WHERE due IS NOT NULL AND NOT (${readable('due')})`).run()
  db.sql(`DELETE FROM tick WHERE NOT (${readable('last')})`).run()
}
