import { deserialize, serialize } from 'node:v8'
import type { DatabaseConnection } from '../database/database-connection.js'
import type { AfterCommit } from '../database/transaction-queue.js'
import { repairNotices } from '../tables/repair-notices.js'
import { isUnreadable } from '../tables/unreadable.js'
import type { GuardedTimers } from './guarded-timers.js'
import { listOfNotice, noticeOfList } from './notice-lists.js'
import type { Notice, Receivers } from './receivers.js'

/** Delay after which read notices are deleted, many at once, ms. */
const DELETE_AFTER = 200
const READ_AT_ONCE = 1_000
/** The first byte of a notice that is JSON: an object, or a list. What `serialize` writes begins with 0xff. */
const BRACE = 0x7b
const BRACKET = 0x5b

/** Before all numbers. What another program writes may be below 0, and is counted on from. */
const NONE = -(2 ** 63)

type NoticeRow = readonly [seq: number, payload: Uint8Array]

const STORED = 'SELECT seq, payload FROM notice WHERE process = ? AND seq > ? ORDER BY seq LIMIT 0 + ?'

/** Stores a notice for another process. Runs in a transaction. */
export function storeNotice(queue: DatabaseConnection, process: string, payload: Uint8Array): void {
  queue.sql('INSERT INTO notice (process, payload) VALUES (?, ?)').get(process, payload)
}

/** Encodes a notice for {@link storeNotice}: as JSON where that says the same, else as `node:v8` does. */
export function encodeNotice(notice: Notice): Uint8Array {
  const list = listOfNotice(notice)
  if (list !== null) return Buffer.from(JSON.stringify(list))
  const isOurs = notice.kind === 'worker' || notice.kind === 'inbox'
  return isOurs && isJson(notice) ? Buffer.from(JSON.stringify(notice)) : serialize(notice)
}

/** Whether a value without cycles is the same after JSON. */
function isJson(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value)
    case 'object':
      return value === null || (Array.isArray(value) ? value.every(isJson) : isJsonObject(value))
    default:
      return false
  }
}

function isJsonObject(value: object): boolean {
  if (Object.getPrototypeOf(value) !== Object.prototype) return false
  for (const name in value) if (!isJson((value as Record<string, unknown>)[name])) return false
  return true
}

/** Reads the notices that were stored for this process, and deletes them. Created by the notifier. */
export class NoticeReader {
  #version = 0
  /** Number of the last notice that was read and is not deleted yet. For as long as it is there, a new one gets a higher number. */
  #last = NONE
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
    // Set only now, so that a read that failed, as while the database recovers from a crash, is tried again.
    this.#version = version
  }

  /** Delivers all stored notices to the receivers. It only reads, so it never waits for writers. */
  read(): void {
    try {
      this.#readAll()
    } catch (error) {
      if (!isUnreadable(error)) throw error
      this.#repair()
    }
  }

  #readAll(): void {
    const sql = this.queue.lists<NoticeRow>(STORED)
    for (;;) {
      const rows = sql.all(this.process, this.#last, READ_AT_ONCE)
      const last = rows.at(-1)
      if (!last) return
      this.#last = last[0]
      this.#deleteLater()
      for (const [, payload] of rows) this.#deliver(payload)
      // What is stored after this look is told by a touch of its own.
      if (rows.length < READ_AT_ONCE) return
    }
  }

  /** Another program has written a number that no notice has: else no later one would be heard. */
  #repair(): void {
    this.timers.guarded(async () => {
      await this.queue.write(() => {
        repairNotices(this.queue)
      })
      this.#readAll()
    })()
  }

  #deliver(payload: Uint8Array): void {
    const notice = decodeNotice(payload)
    if (notice) this.receivers.deliver(notice)
    else this.receivers.missed()
  }

  #deleteLater(): void {
    if (this.#isDeleting) return
    this.#isDeleting = true
    this.timers.after(DELETE_AFTER, async () => {
      this.#isDeleting = false
      await this.queue.write((afterCommit) => {
        this.deleteRead(afterCommit)
      })
    })
  }

  /** Deletes what was read, in a transaction. Later notices may get its numbers. */
  deleteRead(afterCommit: AfterCommit): void {
    this.queue.sql('DELETE FROM notice WHERE process = ? AND seq <= ?').run(this.process, this.#last)
    afterCommit(() => {
      this.#last = NONE
    })
  }
}

/** @returns null for a notice that cannot be read, such as one of another version of this package */
export function decodeNotice(payload: Uint8Array): Notice | null {
  try {
    if (payload[0] === BRACKET) return noticeOfList(JSON.parse(textOf(payload)) as unknown[])
    const notice: unknown = payload[0] === BRACE ? JSON.parse(textOf(payload)) : deserialize(payload)
    return isNotice(notice) ? notice : null
  } catch {
    return null
  }
}

function textOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString()
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
