import type { DatabaseConnection } from '../database/database-connection.js'
import { FEW, fencesAt, repaired, within } from './unreadable.js'

/** Makes the rows of leases.db readable that another program has written. A worker that was condemned is condemned anew. */
export function repairLeases(leases: DatabaseConnection, now: number): void {
  leases
    .sql(
      `UPDATE lease SET ${repaired('slots', FEW, '1')}, ${repaired('condemned', [0, 2], '0')}
    WHERE NOT (${within('slots', FEW)} AND ${within('condemned', [0, 2])})`,
    )
    .run()
  repairPermits(leases, now)
}

/** A permit without a fence stays until it expires: who has it cannot be told from others. */
export function repairPermits(leases: DatabaseConnection, now: number): void {
  const fences = fencesAt(now)
  leases.sql(`UPDATE permit SET fence = 0 WHERE NOT (${within('fence', fences)})`).run()
  leases.sql(`UPDATE permit_fence SET last = ? WHERE NOT (${within('last', fences)})`).run(now * 1_000)
}
