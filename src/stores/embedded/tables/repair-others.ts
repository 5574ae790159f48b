import { CHUNK_TASKS } from '../../policy.js'
import { pauseKey } from '../../schedule-pauses.js'
import type { DatabaseConnection } from '../database/database-connection.js'
import { STATE } from '../database/schema.js'
import { KEYS } from './tracks.js'
import { allWithin, COUNTS, FLAG, repaired, timesAt, within } from './unreadable.js'

/** Repairs what is known of schedules, expired records, problems and calls. Runs in a transaction. */
export function repairOthers(db: DatabaseConnection, now: number): void {
  const times = timesAt(now)
  // A schedule that is paused stays so. Any other one begins anew.
  db.sql(`UPDATE tick SET last = ? WHERE substr(job, 1, 1) = ? AND NOT (${within('last', times)})`).run(
    now,
    pauseKey(''),
  )
  db.sql(`DELETE FROM tick WHERE NOT (${within('last', times)})`).run()
  repairExpiries(db, now)
  const problem = [
    ...['first', 'last'].map((column) => repaired(column, times, String(now))),
    repaired('count', COUNTS, '1'),
    repaired('regressed', FLAG, '0'),
  ]
  db.sql(`UPDATE problem SET ${problem.join(', ')}`).run()
  db.sql(`DELETE FROM operation WHERE NOT (${allWithin({ answer: COUNTS, at: times })})`).run()
}

/** What a row that is lost would have deleted gets another one. A key that is in two of them does no harm. */
function repairExpiries(db: DatabaseConnection, now: number): void {
  const { changes } = db.sql(`DELETE FROM expiry WHERE NOT (${allWithin({ at: timesAt(now), first: KEYS })})`).run()
  if (changes === 0) return
  db.sql(
    `INSERT OR IGNORE INTO expiry (at, first, tasks) SELECT expires_at, min(seq), json_group_array(seq) FROM task
     WHERE state = ${String(STATE.done)} GROUP BY expires_at, seq / ${String(CHUNK_TASKS)}`,
  ).run()
}
