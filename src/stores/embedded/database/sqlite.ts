import { BrokerVersionError, SqliteMissingError } from '../../../errors.js'
import { requireFromPackage } from '../../../util/package-files.js'
import { collectGarbage } from '../../../util/collect-garbage.js'

/** A connection, as far as both implementations have it and the store needs it. */
export interface Database {
  /** Whether a transaction is open. */
  readonly isTransaction: boolean
  exec(sql: string): void
  prepare(sql: string): Statement
  close(): void
}

/** A prepared statement. Rows are objects by column. */
export interface Statement {
  /** Also runs a statement without rows, at half the cost of `run`, which makes an object of what has changed. */
  get(...values: Value[]): unknown
  all(...values: Value[]): unknown[]
  run(...values: Value[]): { readonly changes: number; readonly lastInsertRowid: number | bigint }
  /** Whether rows are lists of their columns' values from now on. */
  setReturnArrays(areLists: boolean): void
}

/** A prepared statement whose rows are lists of their columns' values. */
export interface ListStatement<Row extends readonly Value[]> {
  get(...values: Value[]): Row | undefined
  all(...values: Value[]): Row[]
}

export type Value = string | number | Uint8Array | null

interface Module {
  readonly DatabaseSync: new (path: string) => Database
}

interface Implementation extends Module {
  /** Whether closing a database ends its statements; where it does not, the garbage collector does. */
  readonly endsStatements: boolean
}

/** Older ones can lose a write that races with a checkpoint. */
const OLDEST = [3, 51, 3] as const

/** The path of a database in memory. */
export const IN_MEMORY = ':memory:'

let implementation: Implementation | null = null
/** Databases whose files stay open after `close`, for as long as their statements live. */
const leftOpen = new WeakSet<Database>()
let collection: Promise<void> | null = null

/** Node's own SQLite where it comes unflagged and new enough, else the prebuilt one. */
function load(): Implementation {
  if (implementation) return implementation
  const own = quietly((): unknown => process.getBuiltinModule('node:sqlite' as 'sys'))
  const isOwn = isModule(own) && isNewEnough(own)
  const { DatabaseSync } = isOwn ? own : prebuilt()
  implementation = { DatabaseSync, endsStatements: isOwn }
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

/** Optional: an installation that never uses the embedded store, or has a newer Node, can leave it out. */
function prebuilt(): Module {
  try {
    return requireFromPackage('@photostructure/sqlite') as Module
  } catch (error) {
    throw new SqliteMissingError(OLDEST.join('.'), error)
  }
}

function isModule(module: unknown): module is Module {
  return typeof module === 'object' && module !== null && 'DatabaseSync' in module
}

function isNewEnough(candidate: Module): boolean {
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
 * @throws {@link BrokerVersionError}, {@link SqliteMissingError}; what SQLite throws
 */
export function openDatabase(path: string): Database {
  const { DatabaseSync, endsStatements } = load()
  const db = new DatabaseSync(path)
  if (!endsStatements && path !== IN_MEMORY) leftOpen.add(db)
  try {
    const version = versionOf(db)
    if (compare(version) < 0) throw new BrokerVersionError('SQLite', version, OLDEST.join('.'))
    return db
  } catch (error) {
    void closeDatabase(db)
    throw error
  }
}

/** Closes a database. @returns when its files are closed, too, where nothing refers to its statements any more */
export async function closeDatabase(db: Database): Promise<void> {
  db.close()
  if (!leftOpen.delete(db)) return
  // The prebuilt SQLite offers nothing that ends a statement. One collection serves all that one turn closes.
  await (collection ??= collectGarbage(() => (collection = null)))
}
