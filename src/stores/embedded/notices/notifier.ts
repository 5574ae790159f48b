import type { DatabaseConnection } from '../database/database-connection.js'
import type { AfterCommit } from '../database/transaction-queue.js'
import { GuardedTimers } from './guarded-timers.js'
import { encodeNotice, NoticeReader, storeNotice } from './notice-reader.js'
import { hasEnded, newProcessName } from './process-name.js'
import { ProcessRegistry, RENEWED_EVERY } from './process-registry.js'
import type { Receiver, ReceiverKind } from './receivers.js'
import { Receivers } from './receivers.js'
import { WakeFile } from './wake-file.js'
import { queueMicrotask, setImmediate } from '../../../util/timers.js'

/** How often a process looks by itself, in case a wake got lost, ms. */
const LOOK_EVERY = 250

/**
 * Carries notices between the processes of a store, and inside this one. Made by the store.
 *
 * 1. The first receiver makes this process known: its entry in the registry, its file in `wake/`, which it watches. 2. A
 * transaction addresses messages: those for another process are a row of `notice`, and its file is touched after the commit.
 * 3. The touched process reads its rows; it also looks every quarter of a second. 4. Processes that died are forgotten, with
 * their files. 5. A process that was taken for dead while it was stopped makes itself known again.
 */
export class Notifier {
  readonly #name = newProcessName()
  readonly #receivers = new Receivers()
  readonly #timers = new GuardedTimers()
  readonly #registry: ProcessRegistry
  readonly #reader: NoticeReader
  readonly #wakeFile: WakeFile | null
  readonly #toTouch = new Set<string>()
  #look: NodeJS.Timeout | null = null
  #opened: Promise<void> | null = null

  constructor(
    private readonly queue: DatabaseConnection,
    leases: DatabaseConnection,
    /** Null: the store lives in the memory of this process. */
    private readonly directory: string | null,
  ) {
    this.#registry = new ProcessRegistry(leases, this.#name)
    this.#reader = new NoticeReader(queue, this.#name, this.#receivers, this.#timers)
    this.#wakeFile = directory === null ? null : WakeFile.in(directory, this.#name)
  }

  /** Hears what is addressed to `name` from when it resolves. @returns stops that */
  async listen(kind: ReceiverKind, name: string, receiver: Receiver): Promise<() => Promise<void>> {
    await this.#open()
    this.#receivers.add(kind, name, receiver)
    try {
      await this.queue.write(() => {
        this.#register(kind, name)
      })
    } catch (error) {
      this.#receivers.remove(kind, name, receiver)
      throw error
    }
    return async () => {
      if (!this.#receivers.remove(kind, name, receiver) || this.#receivers.has(kind, name)) return
      await this.queue.write(() => {
        if (!this.#receivers.has(kind, name)) this.#unregister(kind, name)
      })
    }
  }

  /** Whether anyone hears what is addressed there. */
  isHeard(kind: ReceiverKind, name: string): boolean {
    return this.queue.sql('SELECT 1 FROM receiver WHERE kind = ? AND name = ? LIMIT 1').get(kind, name) !== undefined
  }

  /** Addresses messages. In a transaction; they arrive after it. @returns whether anyone hears them */
  notify(kind: ReceiverKind, name: string, messages: readonly unknown[], afterCommit: AfterCommit): boolean {
    const sql = this.queue.sql('SELECT process FROM receiver WHERE kind = ? AND name = ?')
    // Messages with several receivers keep the order of the commits: they take the same way from all processes.
    const isOrdered = this.directory !== null && (kind === 'events' || kind === 'channel')
    let payload: Uint8Array | null = null
    let heard = false
    for (const { process } of sql.all(kind, name) as { process: string }[]) {
      if (process === this.#name && !isOrdered) {
        afterCommit(() => setImmediate(() => this.#receivers.deliver({ kind, name, messages })))
      } else if (hasEnded(process)) continue
      else {
        payload ??= encodeNotice({ kind, name, messages })
        storeNotice(this.queue, process, payload)
        afterCommit(() => {
          this.#touch(process)
        })
      }
      heard = true
    }
    return heard
  }

  /** Forgets processes that died without a word. */
  async forgetDead(): Promise<void> {
    const sql = this.queue.sql('SELECT DISTINCT process FROM receiver')
    const names = await this.queue.read(() => (sql.all() as { process: string }[]).map(({ process }) => process))
    const dead = await this.#registry.removeDead(names)
    if (dead.length > 0) await this.queue.write((afterCommit) => this.#forget(dead, afterCommit))
  }

  async close(): Promise<void> {
    const opened = this.#opened
    await opened?.catch(() => undefined)
    this.#timers.close()
    if (!opened) return
    await this.#registry.leave().catch(() => undefined)
    await this.queue.write((afterCommit) => this.#forget([this.#name], afterCommit)).catch(() => undefined)
    this.#wakeFile?.remove()
  }

  /** Makes this process known, once; a failure is tried again by the next receiver. */
  async #open(): Promise<void> {
    this.#opened ??= this.#registry.renew().then(() => {
      this.#timers.every(RENEWED_EVERY, () => this.#beat())
      if (!this.#wakeFile) return
      this.#look = this.#timers.every(LOOK_EVERY, () => {
        this.#reader.look()
      })
      this.#watch()
    })
    try {
      await this.#opened
    } catch (error) {
      this.#opened = null
      throw error
    }
  }

  async #beat(): Promise<void> {
    const wasKnown = await this.#registry.renew()
    if (!wasKnown || this.#wakeFile?.exists() === false) await this.#appearAgain()
    await this.forgetDead()
  }

  /** The others took this process for dead, as when it was stopped for long: they deleted its names and its file. */
  async #appearAgain(): Promise<void> {
    if (this.#wakeFile?.exists() === false) this.#watch()
    await this.queue.write(() => {
      for (const [kind, name] of this.#receivers.names()) this.#register(kind, name)
    })
    this.#receivers.missed()
  }

  /** Without a file that can be watched, the looks keep the process alive as the watcher would. */
  #watch(): void {
    const touched = this.#timers.guarded(() => {
      this.#reader.read()
    })
    const deleted = this.#timers.guarded(async () => {
      // Perhaps the whole directory was.
      if (this.queue.isFileGone()) return
      await this.#registry.renew()
      await this.#appearAgain()
    })
    if (this.#wakeFile?.watch({ touched, deleted }) === true) this.#look?.unref()
    else this.#look?.ref()
  }

  #register(kind: string, name: string): void {
    const sql = this.queue.sql('INSERT OR IGNORE INTO receiver (kind, name, process) VALUES (?, ?, ?)')
    sql.run(kind, name, this.#name)
  }

  #unregister(kind: string, name: string): void {
    this.queue.sql('DELETE FROM receiver WHERE kind = ? AND name = ? AND process = ?').run(kind, name, this.#name)
  }

  #forget(processes: readonly string[], afterCommit: AfterCommit): void {
    for (const process of processes) {
      this.queue.sql('DELETE FROM receiver WHERE process = ?').run(process)
      this.queue.sql('DELETE FROM notice WHERE process = ?').run(process)
      if (this.directory === null) continue
      const file = WakeFile.in(this.directory, process)
      afterCommit(() => {
        file.remove()
      })
    }
  }

  /** Wakes a process, once for all that one transaction told it. */
  #touch(process: string): void {
    if (this.#toTouch.size === 0) queueMicrotask(() => this.#touchAll())
    this.#toTouch.add(process)
  }

  #touchAll(): void {
    for (const process of this.#toTouch) {
      if (process === this.#name) setImmediate(this.#timers.guarded(() => this.#reader.read()))
      else if (this.directory !== null) WakeFile.in(this.directory, process).touch()
    }
    this.#toTouch.clear()
  }
}
