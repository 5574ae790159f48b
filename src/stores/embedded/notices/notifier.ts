import { deserialize, serialize } from 'node:v8'
import { WakeFile } from '../database/store-directory.js'
import { newProcessName, isGone } from './process-name.js'
import { Presence } from './process-registry.js'
import type { Store } from '../store.js'
import type { After } from '../database/transaction-queue.js'

/** Who hears a notice: a worker, an inbox, who listens to task events or to a channel of pub/sub, or waits for locks. */
export type ReceiverKind = 'worker' | 'inbox' | 'events' | 'channel' | 'lock'

/** One that hears what is addressed to its kind and name, in this process. */
export interface Receiver {
  receive(message: unknown): void
  /** Messages may have been missed. */
  missed?: (() => void) | undefined
}

interface Notice {
  readonly kind: ReceiverKind
  readonly name: string
  readonly messages: readonly unknown[]
}

/** The net under a wake that got lost, ms. */
const LOOK_EVERY = 250
/** Picked up notices are deleted this much later, many at once, ms. */
const SWEEP_AFTER = 200
const COLLECTED_AT_ONCE = 1_000

/**
 * What this process is told by itself and by others, and what it tells them. Made by the store.
 *
 * 1. The first receiver makes the process known: its presence, its file in `wake/`, which it watches. 2. A transaction
 * addresses messages: one for another process is a row of `notice`, and its file is touched after the commit. 3. The
 * touched process reads its rows; a look every quarter of a second is the net. 4. Processes that died are forgotten.
 */
export class Mailbox {
  readonly #name = newProcessName()
  readonly #receivers = new Map<string, Set<Receiver>>()
  readonly #toTouch = new Set<string>()
  readonly #wakeFile: WakeFile | null
  #presence: Promise<Presence> | null = null
  #timer: NodeJS.Timeout | undefined
  #sweeper: NodeJS.Timeout | undefined
  #version = 0
  #collected = 0

  constructor(
    private readonly store: Store,
    private readonly directory: string | null,
  ) {
    this.#wakeFile = directory === null ? null : WakeFile.in(directory, this.#name)
  }

  /** Hears what is addressed to `name` from when it resolves. @returns stops that */
  async listen(kind: ReceiverKind, name: string, receiver: Receiver): Promise<() => Promise<void>> {
    this.#presence ??= this.#appear()
    await this.#presence
    const key = keyOf(kind, name)
    const receivers = this.#receivers.get(key) ?? new Set()
    this.#receivers.set(key, receivers.add(receiver))
    const stop = async (): Promise<void> => {
      if (!receivers.delete(receiver) || receivers.size > 0) return
      if (this.#receivers.get(key) === receivers) this.#receivers.delete(key)
      await this.store.writer.write(() => {
        if (!this.#receivers.has(key)) this.#unregister(kind, name)
      })
    }
    try {
      await this.store.writer.write(() => {
        this.#register(kind, name)
      })
    } catch (error) {
      receivers.delete(receiver)
      throw error
    }
    return stop
  }

  /** Whether anyone hears what is addressed there. */
  isHeard(kind: ReceiverKind, name: string): boolean {
    return this.store.sql('SELECT 1 FROM receiver WHERE kind = ? AND name = ? LIMIT 1').get(kind, name) !== undefined
  }

  /** Addresses messages. In a transaction; they arrive after it. @returns whether anyone hears them */
  notify(kind: ReceiverKind, name: string, messages: readonly unknown[], after: After): boolean {
    const sql = this.store.sql('SELECT process FROM receiver WHERE kind = ? AND name = ?')
    // What many hear keeps the order of the commits, and so takes one way whoever says it.
    const isOrdered = this.directory !== null && (kind === 'events' || kind === 'channel')
    let payload: Uint8Array | null = null
    let heard = false
    for (const { process } of sql.all(kind, name) as { process: string }[]) {
      if (process === this.#name && !isOrdered) {
        after(() => setImmediate(() => this.#deliver({ kind, name, messages })))
      } else if (isGone(process)) continue
      else {
        payload ??= serialize({ kind, name, messages } satisfies Notice)
        this.store.sql('INSERT INTO notice (process, payload) VALUES (?, ?)').run(process, payload)
        after(() => {
          this.#touch(process)
        })
      }
      heard = true
    }
    return heard
  }

  /** Forgets processes that died without a word. */
  async forgetDead(): Promise<void> {
    const presence = await this.#presence
    if (!presence) return
    const known = await this.store.writer.read(
      () => this.store.sql('SELECT DISTINCT process FROM receiver').all() as { process: string }[],
    )
    const dead = await presence.dead(known.map(({ process }) => process).filter((process) => process !== this.#name))
    if (dead.length > 0) await this.store.writer.write((after) => this.#forget(dead, after))
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    clearTimeout(this.#sweeper)
    const presence = await this.#presence?.catch(() => null)
    if (!presence) return
    await presence.close()
    await this.store.writer.write((after) => this.#forget([this.#name], after)).catch(() => undefined)
    this.#wakeFile?.remove()
  }

  async #appear(): Promise<Presence> {
    const presence = new Presence(this.store, this.#name, {
      forgotten: () => this.#registerAgain(),
      beat: () => this.forgetDead(),
    })
    await presence.start()
    if (!this.#wakeFile) return presence
    const isWatched = this.#wakeFile.listen(() => {
      this.#collect()
    })
    this.#timer = setInterval(() => {
      this.#look()
    }, LOOK_EVERY)
    if (isWatched) this.#timer.unref()
    return presence
  }

  #register(kind: string, name: string): void {
    const sql = this.store.sql('INSERT OR IGNORE INTO receiver (kind, name, process) VALUES (?, ?, ?)')
    sql.run(kind, name, this.#name)
  }

  #unregister(kind: string, name: string): void {
    this.store.sql('DELETE FROM receiver WHERE kind = ? AND name = ? AND process = ?').run(kind, name, this.#name)
  }

  /** The others took this process for dead: it was stopped for long. */
  async #registerAgain(): Promise<void> {
    await this.store.writer.write(() => {
      for (const key of this.#receivers.keys()) this.#register(...partsOf(key))
    })
    for (const receivers of [...this.#receivers.values()]) for (const receiver of [...receivers]) receiver.missed?.()
  }

  #forget(processes: readonly string[], after: After): void {
    for (const process of processes) {
      this.store.sql('DELETE FROM receiver WHERE process = ?').run(process)
      this.store.sql('DELETE FROM notice WHERE process = ?').run(process)
      if (this.directory !== null) {
        const file = WakeFile.in(this.directory, process)
        after(() => {
          file.remove()
        })
      }
    }
  }

  /** Wakes a process, once for all that one transaction told it. */
  #touch(process: string): void {
    if (this.#toTouch.size === 0) queueMicrotask(() => this.#touchAll())
    this.#toTouch.add(process)
  }

  #touchAll(): void {
    for (const process of this.#toTouch) {
      if (process === this.#name) setImmediate(() => this.#collect())
      else if (this.directory !== null) WakeFile.in(this.directory, process).touch()
    }
    this.#toTouch.clear()
  }

  #look(): void {
    const { data_version: version } = this.store.sql('PRAGMA data_version').get() as { data_version: number }
    if (version === this.#version) return
    this.#version = version
    this.#collect()
  }

  /** Picks up what was left for this process. Reads only, so that it never waits for those who write. */
  #collect(): void {
    if (this.store.isClosed) return
    for (;;) {
      let rows: { seq: number; payload: Uint8Array }[]
      try {
        rows = this.store
          .sql('SELECT seq, payload FROM notice WHERE process = ? AND seq > ? ORDER BY seq LIMIT ?')
          .all(this.#name, this.#collected, COLLECTED_AT_ONCE) as typeof rows
      } catch {
        // The database is being recovered from a crash; the next look tries again.
        this.#version = 0
        return
      }
      if (rows.length === 0) return
      this.#collected = rows.at(-1)?.seq ?? this.#collected
      for (const { payload } of rows) this.#deliver(deserialize(payload) as Notice)
      this.#sweeper ??= setTimeout(() => this.#sweep(), SWEEP_AFTER).unref()
    }
  }

  #sweep(): void {
    this.#sweeper = undefined
    this.store.writer
      .write(() => this.store.sql('DELETE FROM notice WHERE process = ? AND seq <= ?').run(this.#name, this.#collected))
      .catch(() => undefined)
  }

  #deliver({ kind, name, messages }: Notice): void {
    for (const receiver of [...(this.#receivers.get(keyOf(kind, name)) ?? [])]) {
      for (const message of messages) {
        try {
          receiver.receive(message)
        } catch (error) {
          // A receiver's fault is its own: the others hear the message nevertheless.
          setImmediate(() => {
            throw error
          })
        }
      }
    }
  }
}

function keyOf(kind: ReceiverKind, name: string): string {
  return `${kind} ${name}`
}

function partsOf(key: string): [kind: string, name: string] {
  const at = key.indexOf(' ')
  return [key.slice(0, at), key.slice(at + 1)]
}
