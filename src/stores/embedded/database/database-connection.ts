import { BrokerUnreachableError, ClosedError } from '../../../errors.js'
import type { EmbeddedDurability } from './embedded-url.js'
import type { FileIdentity } from './file-identity.js'
import type { Database, ListStatement, Statement, Value } from './sqlite.js'
import { closeDatabase } from './sqlite.js'
import { isBusy, typedError } from './sqlite-errors.js'
import type { AfterCommit } from './transaction-queue.js'
import { TransactionQueue } from './transaction-queue.js'
import { pause, performance } from '../../../util/timers.js'

/** Longest pause between two tries of a read, ms. */
const LONGEST_PAUSE = 50

/**
 * The connection of this process to one of a store's databases. Created by the store from an open database, which it owns:
 * statements are prepared once, writes are put into transactions, and closing leaves nothing open.
 */
export class DatabaseConnection {
  readonly #transactions: TransactionQueue
  readonly #statements = new Map<string, Statement>()
  readonly #lists = new Map<string, Statement>()
  /** What commits wait for, unless a write asks for more or less. */
  durability: EmbeddedDurability = 'normal'
  /** What they wait for now. */
  #waitsFor: EmbeddedDurability = 'normal'
  #closed = false

  constructor(
    private readonly db: Database,
    /** The store's, for errors. */
    private readonly address: string,
    /** Longest wait for other processes' writes, ms. */
    public timeout: number,
    /** The files of the store; null: it is in memory. */
    private readonly files: FileIdentity | null = null,
    /** Moves the logs of all databases of the store into them: they grow to megabytes before SQLite does so by itself. */
    readonly makeRoom: () => void = () => {
      this.checkpoint()
    },
  ) {
    this.#transactions = new TransactionQueue(this, address)
  }

  get isTransaction(): boolean {
    return this.db.isTransaction
  }

  /** @throws {@link EmbeddedDirectoryError} where a file of the store was deleted or replaced */
  checkFiles(): void {
    this.files?.check()
  }

  /** Looks for the files of the store now. @returns whether one was deleted or replaced */
  isStoreGone(): boolean {
    return this.files?.look() ?? false
  }

  exec(sql: string): void {
    this.db.exec(sql)
  }

  /** The prepared statement of a text. */
  sql(text: string): Statement {
    return this.#statements.get(text) ?? this.#prepare(text, this.#statements)
  }

  /**
   * The same for what is read with nearly every task: its rows are lists. An object by column costs ten times as much, since SQLite's binding
   * names each column of each row anew, and V8 keeps such an object as a table.
   */
  lists<Row extends readonly Value[]>(text: string): ListStatement<Row> {
    let statement = this.#lists.get(text)
    if (!statement) {
      statement = this.#prepare(text, this.#lists)
      statement.setReturnArrays(true)
    }
    return statement as ListStatement<Row>
  }

  /**
   * SQLite would plan a statement whose limit is a parameter anew for each value, at ten times the cost of the statement. So limits are sums,
   * which it does not look into: `LIMIT 0 + ?`.
   */
  #prepare(text: string, statements: Map<string, Statement>): Statement {
    // A statement that is prepared after the end would keep the file open.
    if (this.#closed) throw new ClosedError('embedded store')
    const statement = this.db.prepare(text)
    statements.set(text, statement)
    return statement
  }

  /** Runs `act` inside a transaction; see {@link TransactionQueue.write}. */
  async write<T>(act: (afterCommit: AfterCommit) => T, durability?: EmbeddedDurability): Promise<T> {
    return await this.#transactions.write(act, durability)
  }

  /** From now on a commit waits for that. Not within a transaction. */
  waitFor(durability: EmbeddedDurability): void {
    if (durability === this.#waitsFor) return
    this.db.exec(`PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`)
    this.#waitsFor = durability
  }

  /**
   * Runs `look` outside of a transaction, again when the database was being recovered from a crash. Where writes wait that were called before,
   * it takes its turn behind them, and sees them.
   */
  async read<T>(look: () => T): Promise<T> {
    if (this.#transactions.isBusy) {
      try {
        return await this.#transactions.read(look)
      } catch {
        // The writes may have failed, on a full disk for example. The database can still be read.
      }
    }
    for (const since = performance.now(); ;) {
      if (this.#closed) throw new ClosedError('embedded store')
      try {
        const answer = look()
        this.checkFiles()
        return answer
      } catch (error) {
        if (!isBusy(error)) throw typedError(error, this.address)
        if (performance.now() - since > this.timeout)
          throw new BrokerUnreachableError(this.address, this.timeout, error)
      }
      await pause(LONGEST_PAUSE * Math.random())
    }
  }

  /** Rejects what waits and what comes; closes the database and its files. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#transactions.close()
    // Closing alone does not move the log where another connection is open.
    this.checkpoint()
    this.#statements.clear()
    this.#lists.clear()
    await closeDatabase(this.db)
  }

  /** Moves the log into the database, and gives its room back to the disk. */
  checkpoint(): void {
    try {
      this.db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch {
      // Another process is using the log, and moves it later; or the disk has no room for what the log adds.
    }
  }
}
