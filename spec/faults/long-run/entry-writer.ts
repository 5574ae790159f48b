import { closeSync, openSync, writeSync } from 'node:fs'
import { now } from '../history/recorder.js'
import type { Entry, Kind } from './entry.js'
import { ENTRY_BYTES, NO_ENTRY, writeEntry } from './entry.js'

/** Most entries that are written together. */
const MOST = 4_096

/** Appends entries to a file of one process. What was flushed survives `kill -9`. */
export class EntryWriter {
  readonly #buffer = Buffer.alloc(MOST * ENTRY_BYTES)
  readonly #view = new DataView(this.#buffer.buffer, this.#buffer.byteOffset, this.#buffer.length)
  readonly #file: number
  #used = 0

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  /** Adds an entry of this moment, which is written with the next flush. */
  add(kind: Kind, index: number, more: Partial<Entry>): void {
    if (this.#used === MOST) this.flush()
    writeEntry(this.#view, this.#used++ * ENTRY_BYTES, { ...NO_ENTRY, at: now(), ...more, kind, index })
  }

  flush(): void {
    if (this.#used > 0) writeSync(this.#file, this.#buffer, 0, this.#used * ENTRY_BYTES)
    this.#used = 0
  }

  close(): void {
    this.flush()
    closeSync(this.#file)
  }
}
