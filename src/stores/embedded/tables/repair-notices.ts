import type { DatabaseConnection } from '../database/database-connection.js'
import { COUNTS, within } from './unreadable.js'

/** Gives the next numbers to notices whose number cannot be read: they would block all that come behind them. Runs in a transaction. */
export function repairNotices(db: DatabaseConnection): void {
  const isGood = `seq > 0 AND ${within('seq', COUNTS)}`
  const bad = db.sql(`SELECT CAST(seq AS TEXT) AS key FROM notice WHERE NOT (${isGood}) ORDER BY seq`).all()
  const move = db.sql(
    `UPDATE notice SET seq = (SELECT coalesce(max(seq), 0) + 1 FROM notice WHERE ${isGood}) WHERE seq = CAST(? AS INTEGER)`,
  )
  for (const { key } of bad as { key: string }[]) move.run(key)
}
