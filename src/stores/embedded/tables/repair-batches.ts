import type { DatabaseConnection } from '../database/database-connection.js'
import { STATE } from '../database/schema.js'
import { KEYS, trackOfKey } from './tracks.js'
import { allWithin, COUNTS, fencesAt, FLAG, repaired, timesAt, within } from './unreadable.js'

/** The condition that a batch `b` has the task `t`, which is in order. */
export const OF_TASK =
  'b.first = (SELECT first FROM batch WHERE first <= t.seq ORDER BY first DESC LIMIT 1) AND b.last >= t.seq'

/** Tasks whose claim cannot be read are ready again. Runs in a transaction. @param ended - keys of tasks that have ended */
export function repairBatches(db: DatabaseConnection, now: number, ended: readonly number[]): void {
  const [least, most] = fencesAt(now)
  const isWhole = `${allWithin({ first: KEYS, last: KEYS, queue: COUNTS, at: timesAt(now) })}
    AND last >= first AND ${trackOfKey('last')} = ${trackOfKey('first')}
    AND first + offset > ${String(least)} AND last + offset <= ${String(most)}`
  db.sql(
    `UPDATE task AS t SET state = ${String(STATE.returned)}, place = -1 WHERE state = ${String(STATE.inOrder)}
     AND EXISTS (SELECT 1 FROM batch AS b WHERE ${OF_TASK} AND NOT (${isWhole}) AND ${trackOfKey('b.first')} = ${trackOfKey('t.seq')})`,
  ).run()
  db.sql(`DELETE FROM batch WHERE NOT (${isWhole})`).run()
  db.sql(`UPDATE batch SET ${repaired('changed', FLAG, '1')}, ${repaired('suspect', FLAG, '0')}`).run()
  // A task that was in order leaves an unused key behind, which its track still counts as ready: so tracks are counted anew.
  db.sql(
    `UPDATE batch SET left = (SELECT count(*) FROM task WHERE seq BETWEEN first AND last AND state = ${String(STATE.inOrder)})
     WHERE NOT (${within('left', [1, KEYS[1]])} AND left <= last - first + 1)
     OR EXISTS (SELECT 1 FROM json_each(?) WHERE value BETWEEN first AND last)`,
  ).run(JSON.stringify(ended))
  db.sql('DELETE FROM batch WHERE left = 0').run()
}
