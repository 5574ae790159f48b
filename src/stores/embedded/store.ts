import { join } from 'node:path'
import { ClosedError } from '../../errors.js'
import { allEnded } from '../../util/all-ended.js'
import { allSteps } from '../../util/all-steps.js'
import type { Clock } from '../../util/clock.js'
import { SYSTEM_CLOCK } from '../../util/clock.js'
import { DatabaseConnection } from './database/database-connection.js'
import type { EmbeddedLocation } from './database/embedded-url.js'
import type { Databases } from './database/open-databases.js'
import { FileIdentity } from './database/file-identity.js'
import { LEASE_FILE, openDatabases, openMetrics, QUEUE_FILE } from './database/open-databases.js'
import { prepareDirectory } from './database/store-directory.js'
import { repairLastKeys } from './tables/repair-last-keys.js'
import { Notifier } from './notices/notifier.js'

const stores = new Map<string, Store>()

/**
 * The databases of one directory in this process, and their notifier. All brokers, pub/subs and permit stores of that
 * directory share one `Store`, also those of different namespaces. {@link Store.open} opens it. It is closed when the last
 * user releases it.
 */
export class Store {
  /** queue.db: tasks, and the notices between processes. */
  readonly queue: DatabaseConnection
  /** leases.db: leases and permits, so that a renewal never waits for writers of tasks. */
  readonly leases: DatabaseConnection
  readonly notifier: Notifier
  /** Null: it is in memory. */
  readonly #files: FileIdentity | null
  #metrics: DatabaseConnection | null = null
  #users = 0
  #closed = false

  private constructor(
    private readonly key: string,
    /** Null: it is in memory. */
    readonly directory: string | null,
    { queue, leases }: Databases,
    timeout: number,
    /** The clock for due times and expiry. Leases do not use it: they are signs of life. */
    readonly clock: Clock,
  ) {
    const address = `embedded:${key}`
    const paths = [QUEUE_FILE, LEASE_FILE].map((name) => join(directory ?? '', name))
    const files = directory === null ? null : new FileIdentity(paths)
    this.#files = files
    const makeRoom = (): void => {
      this.queue.checkpoint()
      this.leases.checkpoint()
      repairLastKeys(this.queue)
    }
    this.queue = new DatabaseConnection(queue, address, timeout, files, makeRoom)
    this.leases = new DatabaseConnection(leases, address, timeout, files, makeRoom)
    this.notifier = new Notifier(this.queue, this.leases, directory)
  }

  /**
   * Opens a store, or shares the one that is open, whose clock stays.
   *
   * @throws {@link EmbeddedDirectoryError}; {@link LayoutVersionError}; {@link BrokerVersionError}
   */
  static open({ directory, key, durability, timeout }: EmbeddedLocation, clock: Clock = SYSTEM_CLOCK): Store {
    const path = directory === null ? null : prepareDirectory(directory)
    const known = stores.get(path ?? key)
    // A store of which a file was deleted keeps its present users, and gets no new ones.
    const existing = known?.queue.isStoreGone() === true ? undefined : known
    const store = existing ?? new Store(path ?? key, path, openDatabases(path, timeout), timeout, clock)
    // Of several users of one process the most careful one decides.
    if (durability === 'full') store.queue.durability = durability
    // And the most patient one.
    store.#waitFor(timeout)
    stores.set(store.key, store)
    store.#users += 1
    return store
  }

  /** metrics.db: what operators see and have done. Opened on first use. */
  get metrics(): DatabaseConnection {
    if (this.#closed) throw new ClosedError('embedded store')
    return (this.#metrics ??= new DatabaseConnection(
      openMetrics(this.directory, this.queue.timeout),
      `embedded:${this.key}`,
      this.queue.timeout,
      this.#files,
    ))
  }

  #waitFor(timeout: number): void {
    for (const connection of [this.queue, this.leases, this.#metrics])
      if (connection) connection.timeout = Math.max(connection.timeout, timeout)
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Ends one use of the store. The end of the last use closes it. */
  async release(): Promise<void> {
    this.#users -= 1
    if (this.#users > 0) return
    if (stores.get(this.key) === this) stores.delete(this.key)
    await allSteps(
      () => this.notifier.close(),
      () => {
        this.#closed = true
      },
      () => allEnded([this.queue.close(), this.leases.close(), this.#metrics?.close()]),
    )
  }
}
