import { statfsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { BrokerUnreachableError, isPulsarError, LayoutVersionError } from '../../../errors.js'
import { directoryError } from './store-directory.js'
import { METRICS_SCHEMA } from './metrics-schema.js'
import { APPLICATION, LAYOUT, LEASE_SCHEMA, QUEUE_SCHEMA } from './schema.js'
import type { Database } from './sqlite.js'
import { closeDatabase, IN_MEMORY, openDatabase } from './sqlite.js'
import { isBusy, resultCode, SQLITE } from './sqlite-errors.js'
import { performance } from '../../../util/timers.js'

/** The two databases of a store, open. */
export interface Databases {
  readonly queue: Database
  readonly leases: Database
}

/** The files in a store's directory. */
export const QUEUE_FILE = 'queue.db'
export const LEASE_FILE = 'leases.db'
const METRICS_FILE = 'metrics.db'

/** ms a statement may block the loop for another process: SQLite would rest for a ms at least, see transaction-queue.ts. */
const BUSY_TIMEOUT = 0
/** The same while opening, as a part of the longest wait: several processes may make the tables at once. */
const OPENING_OF_TIMEOUT = 0.5
/** Size of the log at which it is moved into the database, at most and at least, in pages. */
const LONGEST_LOG = 4_000
const SHORTEST_LOG = 50
/** Part of the free room of the disk that a log may take: moving it makes the database grow. */
const LOG_SHARE = 1 / 8
const PAGE = 4_096
/** Page cache, KiB. */
const CACHE = 8_192

/**
 * Opens the two databases of a store; makes their tables where there are none.
 *
 * @param directory - null: in memory
 * @param timeout - longest wait for other processes' writes, ms
 * @throws {@link LayoutVersionError}; {@link BrokerVersionError}; {@link EmbeddedDirectoryError}
 */
export function openDatabases(directory: string | null, timeout: number): Databases {
  const path = (file: string): string => (directory === null ? IN_MEMORY : join(directory, file))
  const queue = open(path(QUEUE_FILE), QUEUE_SCHEMA, directory, timeout)
  try {
    return { queue, leases: open(path(LEASE_FILE), LEASE_SCHEMA, directory, timeout) }
  } catch (error) {
    void closeDatabase(queue)
    throw error
  }
}

/** Opens the database of what operators see and have done; makes it where there is none. @param directory - null: in memory */
export function openMetrics(directory: string | null, timeout: number): Database {
  const db = open(directory === null ? IN_MEMORY : join(directory, METRICS_FILE), METRICS_SCHEMA, directory, timeout)
  // One that an earlier version has made may lack tables.
  const wait = String(Math.ceil(timeout * OPENING_OF_TIMEOUT))
  db.exec(`PRAGMA busy_timeout = ${wait}; ${METRICS_SCHEMA}; PRAGMA busy_timeout = ${String(BUSY_TIMEOUT)}`)
  return db
}

function open(path: string, schema: string, directory: string | null, timeout: number): Database {
  const wait = Math.ceil(timeout * OPENING_OF_TIMEOUT)
  const since = performance.now()
  for (;;) {
    try {
      return openOnce(path, schema, wait)
    } catch (error) {
      if (!isBusy(error) || performance.now() - since >= wait) throw explained(error, path, directory, wait)
      // While another process turns a new file to WAL, SQLite refuses at once: its own timeout does not apply.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 + Math.random() * 8)
    }
  }
}

function openOnce(path: string, schema: string, wait: number): Database {
  const db = openDatabase(path)
  try {
    db.exec(`PRAGMA busy_timeout = ${String(wait)}`)
    prepare(db, schema, path)
    db.exec(`PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = ${String(logLimit(path))}`)
    db.exec(`PRAGMA cache_size = -${String(CACHE)}`)
    db.exec(`PRAGMA busy_timeout = ${String(BUSY_TIMEOUT)}`)
    return db
  } catch (error) {
    void closeDatabase(db)
    throw error
  }
}

/** Size of the log at which it is moved into the database, in pages. */
function logLimit(path: string): number {
  if (path === IN_MEMORY) return LONGEST_LOG
  const { bavail, bsize } = statfsSync(dirname(path))
  const share = Math.floor((bavail * bsize * LOG_SHARE) / PAGE)
  return Math.min(LONGEST_LOG, Math.max(SHORTEST_LOG, share))
}

/** A foreign database is refused before anything in it is changed. */
function prepare(db: Database, schema: string, path: string): void {
  // One snapshot: another process may make the tables between two looks.
  db.exec('BEGIN')
  try {
    if (isOurs(db, path)) return
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK')
  }
  db.exec('PRAGMA journal_mode = WAL')
  db.exec('BEGIN IMMEDIATE')
  try {
    if (!isOurs(db, path)) {
      db.exec(schema)
      db.exec(`PRAGMA application_id = ${String(APPLICATION)}; PRAGMA user_version = ${String(LAYOUT)}`)
    }
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/** @returns false for an empty database. @throws {@link LayoutVersionError} for any other that is not of this layout */
function isOurs(db: Database, path: string): boolean {
  const { application_id: application } = db.prepare('PRAGMA application_id').get() as { application_id: number }
  const { user_version: layout } = db.prepare('PRAGMA user_version').get() as { user_version: number }
  if (application === APPLICATION && layout === LAYOUT) return true
  const { tables } = db.prepare('SELECT count(*) AS tables FROM sqlite_master').get() as { tables: number }
  if (application === 0 && layout === 0 && tables === 0) return false
  const found = application === APPLICATION ? String(layout) : 'unknown (another program made it)'
  throw new LayoutVersionError(path, found, String(LAYOUT))
}

function explained(error: unknown, path: string, directory: string | null, wait: number): unknown {
  if (isPulsarError(error) || directory === null) return error
  if (isBusy(error)) return new BrokerUnreachableError(`embedded:${directory}`, wait, error)
  const code = resultCode(error)
  if (code === undefined) return error
  if (code === SQLITE.notADatabase) return new LayoutVersionError(path, 'unknown (not a database)', String(LAYOUT))
  return directoryError(directory, error)
}
