import { createRequire } from 'node:module'
import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { BrokerVersionError } from '../../errors.js'

/** A connection. The subset of `node:sqlite` that both implementations have. */
export type Database = DatabaseSyncInstance

/** Older ones can lose a write that races with a checkpoint. */
const OLDEST = [3, 51, 3] as const

/** SQLite's result codes that matter here. */
export const SQLITE = { busy: 5, locked: 6, readonly: 8, ioerr: 10, full: 13, cantOpen: 14, notADatabase: 26 } as const

let implementation: { DatabaseSync: new (path: string, options?: { timeout?: number }) => Database } | null = null

/** Node's own SQLite where it comes unflagged and new enough, else the prebuilt one. */
function load(): NonNullable<typeof implementation> {
  if (implementation) return implementation
  const builtin = process.getBuiltinModule as ((name: string) => unknown) | undefined
  const own = builtin?.('node:sqlite') as typeof implementation | undefined
  implementation =
    own && isNewEnough(own)
      ? own
      : (createRequire(import.meta.url)('@photostructure/sqlite') as NonNullable<typeof implementation>)
  return implementation
}

function isNewEnough(candidate: NonNullable<typeof implementation>): boolean {
  const db = new candidate.DatabaseSync(':memory:')
  try {
    return compare(versionOf(db)) >= 0
  } finally {
    db.close()
  }
}

function versionOf(db: Database): string {
  return (db.prepare('SELECT sqlite_version() AS version').get() as { version: string }).version
}

function compare(version: string): number {
  const parts = version.split('.').map(Number)
  for (const [i, oldest] of OLDEST.entries()) {
    const difference = (parts[i] ?? 0) - oldest
    if (difference !== 0) return difference
  }
  return 0
}

/**
 * Opens a database file in WAL mode.
 *
 * @param busyTimeout - ms that a statement may block the event loop for another process's write
 * @throws {@link BrokerVersionError}; what SQLite throws
 */
export function openDatabase(path: string, durability: 'normal' | 'full', busyTimeout: number): Database {
  const { DatabaseSync } = load()
  const db = new DatabaseSync(path)
  const version = versionOf(db)
  if (compare(version) < 0) throw new BrokerVersionError('SQLite', version, OLDEST.join('.'))
  // Switching to WAL takes every lock for a moment, and several processes may open the file at once.
  db.exec('PRAGMA busy_timeout = 5000')
  db.exec('PRAGMA journal_mode = WAL')
  db.exec(`PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`)
  db.exec(`PRAGMA busy_timeout = ${String(busyTimeout)}`)
  return db
}

/** SQLite's result code of an error, without what extends it; undefined when it is none of SQLite's. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  return error.errcode & 0xff
}
