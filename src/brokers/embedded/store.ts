import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { isPulsarError, LayoutVersionError } from '../../errors.js'
import { BOOT_ID, monotonic } from './clock.js'
import type { EmbeddedLocation } from './embedded-url.js'
import { directoryError, prepareDirectory, WakeFile } from './files.js'
import { LAYOUT, LEASE_SCHEMA, QUEUE_SCHEMA } from './schema.js'
import type { Database } from './sqlite.js'
import { openDatabase, resultCode, SQLITE } from './sqlite.js'
import type { After } from './writer.js'
import { Writer } from './writer.js'

/** Who hears a notice: a worker, an inbox, whoever listens to task events, or to a channel of pub/sub. */
export type ReceiverKind = 'worker' | 'inbox' | 'events' | 'channel'

type Listener = (message: unknown) => void

interface Notice {
  readonly kind: ReceiverKind
  readonly name: string
  readonly message: unknown
}

type Statement = ReturnType<Database['prepare']>

/** ms a statement may block the loop for another process. */
const BUSY_TIMEOUT = 5
/** The net under a wake that got lost, ms. */
const LOOK_EVERY = 250
/** A process that said nothing for this long is forgotten, ms; it says something three times as often. */
const PROCESS_TTL = 30_000

const stores = new Map<string, Store>()

/**
 * One directory's databases in this process, shared by all brokers and pub/subs that are opened there. Opened by
 * {@link Store.open}; closed when the last of them lets go.
 */
export class Store {
  readonly writer: Writer
  readonly #name = randomBytes(6).toString('hex')
  readonly #statements = new Map<string, Statement>()
  readonly #listeners = new Map<string, Set<Listener>>()
  readonly #wakeFile: WakeFile | null
  #users = 0
  #listening = false
  #version = 0
  #timers: NodeJS.Timeout[] = []

  private constructor(
    readonly location: EmbeddedLocation,
    readonly db: Database,
    readonly leases: Database,
  ) {
    this.writer = new Writer(db, this.address)
    this.#wakeFile = location.directory === null ? null : WakeFile.in(location.directory, this.#name)
  }

  /** @throws {@link EmbeddedDirectoryError}; {@link LayoutVersionError}; {@link BrokerVersionError} */
  static open(location: EmbeddedLocation): Store {
    const known = stores.get(location.key)
    const store = known ?? create(location, (db, leases) => new Store(location, db, leases))
    stores.set(location.key, store)
    store.#users += 1
    return store
  }

  get address(): string {
    return `embedded:${this.location.directory ?? this.location.key}`
  }

  /** Whether the store is shared with other processes. */
  get isShared(): boolean {
    return this.location.directory !== null
  }

  /** Lets go of it. */
  async release(): Promise<void> {
    this.#users -= 1
    if (this.#users > 0) return
    stores.delete(this.location.key)
    for (const timer of this.#timers) clearInterval(timer)
    if (this.#listening) {
      await this.writer
        .write(() => {
          this.#forget([this.#name])
        })
        .catch(() => undefined)
    }
    await this.writer.close()
    this.#wakeFile?.remove()
    this.db.close()
    this.leases.close()
  }

  /** A prepared statement of queue.db. */
  sql(text: string): Statement {
    let statement = this.#statements.get(text)
    if (!statement) {
      statement = this.db.prepare(text)
      this.#statements.set(text, statement)
    }
    return statement
  }

  /** A prepared statement of leases.db. Its writers are quick, so it may block for them. */
  leaseSql(text: string): Statement {
    const key = `leases ${text}`
    let statement = this.#statements.get(key)
    if (!statement) {
      statement = this.leases.prepare(text)
      this.#statements.set(key, statement)
    }
    return statement
  }

  /** Hears what is addressed to `name` from now on. @returns stops that */
  async listen(kind: ReceiverKind, name: string, listener: Listener): Promise<() => Promise<void>> {
    const key = keyOf(kind, name)
    const listeners = this.#listeners.get(key) ?? new Set()
    this.#listeners.set(key, listeners.add(listener))
    if (!this.#listening) this.#startListening()
    await this.writer.write(() => {
      this.sql('INSERT OR IGNORE INTO receiver (kind, name, process) VALUES (?, ?, ?)').run(kind, name, this.#name)
    })
    return async () => {
      listeners.delete(listener)
      if (listeners.size > 0 || this.#listeners.get(key) !== listeners) return
      this.#listeners.delete(key)
      await this.writer.write(() => {
        this.sql('DELETE FROM receiver WHERE kind = ? AND name = ? AND process = ?').run(kind, name, this.#name)
      })
    }
  }

  /** Whether anyone hears what is addressed there. In a transaction. */
  isHeard(kind: ReceiverKind, name: string): boolean {
    return this.sql('SELECT 1 FROM receiver WHERE kind = ? AND name = ? LIMIT 1').get(kind, name) !== undefined
  }

  /** Addresses messages. In a transaction; they arrive after it. @returns whether anyone hears them */
  notify(kind: ReceiverKind, name: string, messages: readonly unknown[], after: After): boolean {
    const processes = this.sql('SELECT process FROM receiver WHERE kind = ? AND name = ?').all(kind, name) as {
      process: string
    }[]
    for (const { process } of processes) {
      const notices = messages.map((message): Notice => ({ kind, name, message }))
      if (process === this.#name) after(() => setImmediate(() => this.#deliver(notices)))
      else {
        this.sql('INSERT INTO notice (process, payload) VALUES (?, ?)').run(process, serialize(notices))
        after(() => {
          if (this.location.directory !== null) WakeFile.in(this.location.directory, process).touch()
        })
      }
    }
    return processes.length > 0
  }

  /** Forgets processes that died without a word. In a transaction. */
  forgetDead(): void {
    const live = this.leaseSql('SELECT name FROM process WHERE boot = ? AND expires > ?').all(BOOT_ID, monotonic()) as {
      name: string
    }[]
    const names = new Set(live.map(({ name }) => name)).add(this.#name)
    const known = this.sql('SELECT DISTINCT process FROM receiver').all() as { process: string }[]
    this.#forget(known.map(({ process }) => process).filter((process) => !names.has(process)))
  }

  #forget(processes: readonly string[]): void {
    for (const process of processes) {
      this.sql('DELETE FROM receiver WHERE process = ?').run(process)
      this.sql('DELETE FROM notice WHERE process = ?').run(process)
      this.leaseSql('DELETE FROM process WHERE name = ?').run(process)
    }
  }

  #startListening(): void {
    this.#listening = true
    this.#sayAlive()
    this.#timers.push(setInterval(() => this.#sayAlive(), PROCESS_TTL / 3).unref())
    if (!this.#wakeFile) return
    this.#wakeFile.listen(() => this.#collect())
    this.#timers.push(setInterval(() => this.#lookForChange(), LOOK_EVERY).unref())
  }

  #sayAlive(): void {
    this.leaseSql('INSERT OR REPLACE INTO process (name, boot, expires) VALUES (?, ?, ?)').run(
      this.#name,
      BOOT_ID,
      monotonic() + PROCESS_TTL,
    )
  }

  #lookForChange(): void {
    const { data_version: version } = this.sql('PRAGMA data_version').get() as { data_version: number }
    if (version === this.#version) return
    this.#version = version
    this.#collect()
  }

  /** Picks up what other processes left for this one. */
  #collect(): void {
    const waiting = this.sql('SELECT 1 FROM notice WHERE process = ? LIMIT 1').get(this.#name)
    if (waiting === undefined) return
    this.writer
      .write((after) => {
        const rows = this.sql('SELECT seq, payload FROM notice WHERE process = ? ORDER BY seq').all(this.#name) as {
          seq: number
          payload: Uint8Array
        }[]
        const last = rows.at(-1)
        if (!last) return
        this.sql('DELETE FROM notice WHERE process = ? AND seq <= ?').run(this.#name, last.seq)
        after(() => {
          for (const { payload } of rows) this.#deliver(deserialize(payload) as Notice[])
        })
      })
      .catch((error: unknown) => {
        // The next look tries again; a store that is being closed has nobody to tell.
        if (!isPulsarError(error)) throw error
      })
  }

  #deliver(notices: readonly Notice[]): void {
    for (const { kind, name, message } of notices) {
      for (const listener of [...(this.#listeners.get(keyOf(kind, name)) ?? [])]) listener(message)
    }
  }
}

function keyOf(kind: ReceiverKind, name: string): string {
  return `${kind} ${name}`
}

function create(location: EmbeddedLocation, make: (db: Database, leases: Database) => Store): Store {
  const { directory, durability } = location
  if (directory === null) {
    return make(
      prepared(openDatabase(':memory:', 'normal', 0), QUEUE_SCHEMA, ':memory:'),
      prepared(openDatabase(':memory:', 'normal', 0), LEASE_SCHEMA, ':memory:'),
    )
  }
  prepareDirectory(directory)
  const opened: Database[] = []
  try {
    const path = join(directory, 'queue.db')
    const db = openDatabase(path, durability, BUSY_TIMEOUT)
    opened.push(db)
    prepared(db, QUEUE_SCHEMA, path)
    const leases = openDatabase(join(directory, 'leases.db'), 'normal', 1_000)
    opened.push(leases)
    return make(db, prepared(leases, LEASE_SCHEMA, path))
  } catch (error) {
    for (const db of opened) db.close()
    const code = resultCode(error)
    if (code === SQLITE.notADatabase)
      throw new LayoutVersionError(join(directory, 'queue.db'), 'unknown (not a database of ours)', String(LAYOUT))
    throw code === undefined ? error : directoryError(directory, error)
  }
}

/** Makes the tables where there are none. @throws {@link LayoutVersionError} */
function prepared(db: Database, schema: string, path: string): Database {
  db.exec('PRAGMA busy_timeout = 5000')
  db.exec('BEGIN IMMEDIATE')
  try {
    const { user_version: found } = db.prepare('PRAGMA user_version').get() as { user_version: number }
    const { tables } = db.prepare("SELECT count(*) AS tables FROM sqlite_master WHERE type = 'table'").get() as {
      tables: number
    }
    if (found !== LAYOUT && (found !== 0 || tables > 0))
      throw new LayoutVersionError(path, String(found), String(LAYOUT))
    if (tables === 0) {
      db.exec(schema)
      db.exec(`PRAGMA user_version = ${String(LAYOUT)}`)
    }
    db.exec('COMMIT')
  } catch (error) {
    db.exec('ROLLBACK')
    throw error
  }
  db.exec(`PRAGMA busy_timeout = ${String(path === ':memory:' ? 0 : BUSY_TIMEOUT)}`)
  return db
}
