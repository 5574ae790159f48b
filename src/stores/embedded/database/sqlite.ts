import { createRequire } from 'node:module'
import { BrokerVersionError } from '../../../errors.js'

/** A connection: what both implementations have and we use. */
export interface Database {
  /** Whether a transaction is open. */
  readonly isTransaction: boolean
  exec(sql: string): void
  prepare(sql: string): Statement
  close(): void
}

/** A prepared statement. Rows are objects by column. */
export interface Statement {
  get(...values: Value[]): unknown
  all(...values: Value[]): unknown[]
  run(...values: Value[]): { readonly changes: number; readonly lastInsertRowid: number | bigint }
}

type Value = string | number | Uint8Array | null

interface Implementation {
  readonly DatabaseSync: new (path: string) => Database
}

/** Older ones can lose a write that races with a checkpoint. */
const OLDEST = [3, 51, 3] as const

/** SQLite's result codes that matter here. */
export const SQLITE = { busy: 5, locked: 6, readonly: 8, ioerr: 10, full: 13, cantOpen: 14, notADatabase: 26 } as const

let implementation: Implementation | null = null

/** Node's own SQLite where it comes unflagged and new enough, else the prebuilt one. */
function load(): Implementation {
  if (implementation) return implementation
  const own = quietly((): unknown => process.getBuiltinModule('node:sqlite' as 'sys'))
  implementation = isImplementation(own) && isNewEnough(own) ? own : prebuilt()
  return implementation
}

/** Without the warning that Node's SQLite is experimental: a user of this package has not asked for it. */
function quietly<T>(act: () => T): T {
  const emitWarning = process.emitWarning.bind(process)
  process.emitWarning = () => undefined
  try {
    return act()
  } finally {
    process.emitWarning = emitWarning
  }
}

function prebuilt(): Implementation {
  return createRequire(import.meta.url)('@photostructure/sqlite') as Implementation
}

function isImplementation(module: unknown): module is Implementation {
  return typeof module === 'object' && module !== null && 'DatabaseSync' in module
}

function isNewEnough(candidate: Implementation): boolean {
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
 * Opens a database.
 *
 * @throws {@link BrokerVersionError}; what SQLite throws
 */
export function openDatabase(path: string): Database {
  const { DatabaseSync } = load()
  const db = new DatabaseSync(path)
  try {
    const version = versionOf(db)
    if (compare(version) < 0) throw new BrokerVersionError('SQLite', version, OLDEST.join('.'))
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** SQLite's result code of an error, without what extends it; undefined when it is none of SQLite's. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  return error.errcode & 0xff
}

/** Whether another process's write is in the way, which is over soon. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error)
  return code === SQLITE.busy || code === SQLITE.locked
}
