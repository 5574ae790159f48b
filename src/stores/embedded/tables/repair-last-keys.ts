import type { DatabaseConnection } from '../database/database-connection.js'
import { repairQueueKeys } from './repair-queues.js'
import { repairTrackNumbers } from './repair-tracks.js'
import { COUNTS, within } from './unreadable.js'

const IS_AT_END = `SELECT 1 FROM sqlite_sequence WHERE name IN ('queue', 'track') AND NOT (${within('seq', COUNTS)})
  UNION ALL SELECT 1 FROM queue WHERE NOT (${within('id', COUNTS)})
  UNION ALL SELECT 1 FROM track WHERE NOT (${within('number', COUNTS)}) LIMIT 1`

/**
 * Lets the keys of queues and tracks go on, where another program has written the last one that there is: SQLite says then that the disk is
 * full, and undoes the transaction. Outside of transactions.
 */
export function repairLastKeys(db: DatabaseConnection): void {
  try {
    if (db.sql(IS_AT_END).get() === undefined) return
    db.exec('BEGIN IMMEDIATE')
    try {
      repairQueueKeys(db)
      repairTrackNumbers(db)
    } finally {
      db.exec('COMMIT')
    }
  } catch {
    // The disk is full, or another process writes: the write that asked for room fails, and the next one asks again.
  }
}
