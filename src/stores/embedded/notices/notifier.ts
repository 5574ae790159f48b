import { isPassing } from '../../is-passing.js'
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

/** Interval at which a process reads its notices by itself, in case a wake got lost, ms. */
const LOOK_EVERY = 250

/**
 * Carries notices between the processes of a store, and inside this one. Created by the store.
 *
 * 1. With its first receiver, this process makes itself known: it adds its entry to the registry, and creates its file in
 * `wake/`, which it watches. 2. A transaction stores a message for another process as a row of `notice`, and touches that
 * process's file after the commit. 3. The process whose file is touched reads its rows. It also reads them every quarter of a
 * second. 4. Dead processes are removed from the registry, with their files. 5. A process that was taken for dead, because it
 * was stopped for a while, makes itself known again.
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

  /** Adds a receiver of the messages to a name. It is in force once this resolves. @returns a function that removes it */
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
      try {
        await this.queue.write(() => {
          if (!this.#receivers.has(kind, name)) this.#unregister(kind, name)
        })
      } catch (error) {
        // Its row stays until this process has ended: messages for the name are read, and dropped.
        if (!isPassing(error)) throw error
      }
    }
  }

  /** Whether a name has a receiver in any process. */
  isHeard(kind: ReceiverKind, name: string): boolean {
    return this.#processesOf(kind, name).some((process) => process === this.#name || !hasEnded(process))
  }

  /** Sends messages to a name, in a transaction. They arrive after its commit. @returns whether the name has a receiver */
  notify(kind: ReceiverKind, name: string, messages: readonly unknown[], afterCommit: AfterCommit): boolean {
    // Messages that may have receivers in several processes keep the order of the commits only if all go by the database.
    const isOrdered = this.directory !== null && (kind === 'events' || kind === 'channel')
    let payload: Uint8Array | null = null
    let heard = false
    for (const process of this.#processesOf(kind, name)) {
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

  /** Removes processes that have died without removing themselves. */
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

  /** Makes this process known, once. After a failure, the next receiver tries again. */
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

  /** Makes this process known again, after others took it for dead and deleted its names and its file. */
  async #appearAgain(): Promise<void> {
    if (this.#wakeFile?.exists() === false) this.#watch()
    await this.queue.write((afterCommit) => {
      for (const [kind, name] of this.#receivers.names()) this.#register(kind, name)
      // Others may have deleted what was read, and then its numbers are given again.
      this.#reader.deleteRead(afterCommit)
    })
    this.#receivers.missed()
  }

  /** Watches the wake file. Where it cannot be watched, the polling timer keeps the process alive instead of the watcher. */
  #watch(): void {
    const touched = this.#timers.guarded(() => {
      this.#reader.read()
    })
    const deleted = this.#timers.guarded(async () => {
      // Where the store itself was deleted, there is nothing to come back to: who asks it now is told so.
      if (this.queue.isStoreGone()) {
        this.#receivers.missed()
        return
      }
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

  #processesOf(kind: ReceiverKind, name: string): string[] {
    const sql = this.queue.lists<[process: string]>('SELECT process FROM receiver WHERE kind = ? AND name = ?')
    return sql.all(kind, name).map(([process]) => process)
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

  /** Wakes a process, once for all messages of one transaction. */
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
