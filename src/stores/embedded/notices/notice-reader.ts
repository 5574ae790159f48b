import { deserialize, serialize } from 'node:v8'
import type { DatabaseConnection } from '../database/database-connection.js'
import type { GuardedTimers } from './guarded-timers.js'
import type { Notice, Receivers } from './receivers.js'

/** Notices that were read are deleted this much later, many at once, ms. */
const DELETE_AFTER = 200
const READ_AT_ONCE = 1_000

interface NoticeRow {
  readonly seq: number
  readonly payload: Uint8Array
}

/** Stores a notice for another process. In a transaction. */
export function storeNotice(queue: DatabaseConnection, process: string, payload: Uint8Array): void {
  queue.sql('INSERT INTO notice (process, payload) VALUES (?, ?)').run(process, payload)
}

/** A notice as {@link storeNotice} takes it. */
export function encodeNotice(notice: Notice): Uint8Array {
  return serialize(notice)
}

/** Reads the notices that were stored for this process, and deletes them. Made by the notifier. */
export class NoticeReader {
  #version = 0
  #last = 0
  #isDeleting = false

  constructor(
    private readonly queue: DatabaseConnection,
    private readonly process: string,
    private readonly receivers: Receivers,
    private readonly timers: GuardedTimers,
  ) {}

  /** Reads if anyone has written to the database since the last look. */
  look(): void {
    const { data_version: version } = this.queue.sql('PRAGMA data_version').get() as { data_version: number }
    if (version === this.#version) return
    this.read()
    // Only now: a read that failed, as while the database is recovered from a crash, is tried again.
    this.#version = version
  }

  /** Hands all stored notices to the receivers. Only reads, so that it never waits for those who write. */
  read(): void {
    const sql = this.queue.sql('SELECT seq, payload FROM notice WHERE process = ? AND seq > ? ORDER BY seq LIMIT ?')
    for (;;) {
      const rows = sql.all(this.process, this.#last, READ_AT_ONCE) as unknown as NoticeRow[]
      const last = rows.at(-1)
      if (!last) return
      this.#last = last.seq
      this.#deleteLater()
      for (const { payload } of rows) this.#deliver(payload)
    }
  }

  #deliver(payload: Uint8Array): void {
    const notice = decoded(payload)
    if (notice) this.receivers.deliver(notice)
    else this.receivers.missed()
  }

  #deleteLater(): void {
    if (this.#isDeleting) return
    this.#isDeleting = true
    this.timers.after(DELETE_AFTER, async () => {
      this.#isDeleting = false
      await this.queue.write(() => {
        this.queue.sql('DELETE FROM notice WHERE process = ? AND seq <= ?').run(this.process, this.#last)
      })
    })
  }
}

/** @returns null for what cannot be read, as when another version of this package wrote it */
function decoded(payload: Uint8Array): Notice | null {
  try {
    const notice: unknown = deserialize(payload)
    return isNotice(notice) ? notice : null
  } catch {
    return null
  }
}

function isNotice(value: unknown): value is Notice {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    'messages' in value &&
    Array.isArray(value.messages)
  )
}
