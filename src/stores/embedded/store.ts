import type { Clock } from '../../util/clock.js'
import { SYSTEM_CLOCK } from '../../util/clock.js'
import type { EmbeddedLocation } from './database/embedded-url.js'
import { prepareDirectory } from './database/store-directory.js'
import { Mailbox } from './notices/notifier.js'
import type { Databases } from './database/open-databases.js'
import { makeDurable, openDatabases } from './database/open-databases.js'
import type { Database, Statement } from './database/sqlite.js'
import { Writer } from './database/transaction-queue.js'

const stores = new Map<string, Store>()

/**
 * One directory's databases in this process, shared by all brokers and pub/subs that are opened there, whatever their
 * namespaces. Opened by {@link Store.open}; closed when the last of them lets go.
 */
export class Store {
  readonly address: string
  readonly writer: Writer
  readonly leaseWriter: Writer
  readonly mailbox: Mailbox
  readonly #db: Database
  readonly #leases: Database
  readonly #statements = new Map<string, Statement>()
  readonly #leaseStatements = new Map<string, Statement>()
  #users = 0
  #closed = false

  private constructor(
    private readonly key: string,
    directory: string | null,
    { db, leases }: Databases,
    /** Decides what is due and what is over. Leases do not go by it: they are signs of life. */
    readonly clock: Clock,
  ) {
    this.address = `embedded:${key}`
    this.#db = db
    this.#leases = leases
    this.writer = new Writer(db, this.address)
    this.leaseWriter = new Writer(leases, this.address)
    this.mailbox = new Mailbox(this, directory)
  }

  /**
   * Opens a store, or shares the one that is open, whose clock stays.
   *
   * @throws {@link EmbeddedDirectoryError}; {@link LayoutVersionError}; {@link BrokerVersionError}
   */
  static open({ directory, key, durability }: EmbeddedLocation, clock: Clock = SYSTEM_CLOCK): Store {
    const path = directory === null ? null : prepareDirectory(directory)
    const known = stores.get(path ?? key)
    const store = known ?? new Store(path ?? key, path, openDatabases(path, durability), clock)
    if (known && durability === 'full') makeDurable(known.#db)
    stores.set(store.key, store)
    store.#users += 1
    return store
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Lets go of it. */
  async release(): Promise<void> {
    this.#users -= 1
    if (this.#users > 0) return
    if (stores.get(this.key) === this) stores.delete(this.key)
    await this.mailbox.close()
    this.writer.close()
    this.leaseWriter.close()
    this.#closed = true
    for (const db of [this.#db, this.#leases]) {
      checkpoint(db)
      db.close()
    }
  }

  /** A prepared statement of queue.db. */
  sql(text: string): Statement {
    return prepared(this.#db, this.#statements, text)
  }

  /** A prepared statement of leases.db. */
  leaseSql(text: string): Statement {
    return prepared(this.#leases, this.#leaseStatements, text)
  }
}

/** Empties the log into the database: closing does so only where statements are known to be done with. */
function checkpoint(db: Database): void {
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch {
    // Others use it; they do so later.
  }
}

function prepared(db: Database, statements: Map<string, Statement>, text: string): Statement {
  let statement = statements.get(text)
  if (!statement) {
    statement = db.prepare(text)
    statements.set(text, statement)
  }
  return statement
}
