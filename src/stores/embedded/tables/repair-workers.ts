import type { DatabaseConnection } from '../database/database-connection.js'
import { allWithin, COUNTS, FEW, fencesAt, FLAG, repaired, timesAt, within } from './unreadable.js'

/** Numbers of the calls of a lane. */
export const CALLS = COUNTS

/** A worker whose last call cannot be read has to join anew: only under another id can it know what it holds. Runs in a transaction. */
export function repairWorkers(db: DatabaseConnection, now: number): void {
  db.sql(`DELETE FROM worker WHERE NOT (${allWithin({ queue: COUNTS, seq_0: CALLS, seq_1: CALLS })})`).run()
  db.sql(`UPDATE worker SET handed = 0, handed_runs = '[]' WHERE NOT (${within('handed', fencesAt(now))})`).run()
  const repairs = [
    ...['due', 'woken'].map((column) => repaired(column, timesAt(now), 'NULL')),
    repaired('since', COUNTS, '0'),
    repaired('takes', FLAG, '0'),
    repaired('slots', FEW, '1'),
  ]
  db.sql(`UPDATE worker SET ${repairs.join(', ')}`).run()
}
