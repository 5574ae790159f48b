import type { DatabaseConnection } from '../database/database-connection.js'
import { COUNTS } from './unreadable.js'

/** Lets a table whose keys grow go on after its rows, where another program has raised its last key beyond sense. Runs in a transaction. */
export function repairSequence(db: DatabaseConnection, table: string, key: string, most = COUNTS[1]): void {
  db.sql(
    `UPDATE sqlite_sequence SET seq = (SELECT coalesce(max(${key}), 0) FROM ${table})
     WHERE name = '${table}' AND NOT (seq BETWEEN 0 AND ${String(most)})`,
  ).run()
}
