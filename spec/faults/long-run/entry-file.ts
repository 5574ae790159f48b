import { closeSync, openSync, readSync } from 'node:fs'
import type { Entry } from './entry.js'
import { ENTRY_BYTES, NO_ENTRY, readEntry } from './entry.js'

const CHUNK = ENTRY_BYTES * 32_768

/** Reads the entries of a file, also before there are any and while its process appends to it. */
export class EntryFile {
  readonly #file: number
  readonly #buffer = Buffer.alloc(CHUNK)
  readonly #view = new DataView(this.#buffer.buffer, this.#buffer.byteOffset, CHUNK)
  readonly #entry = { ...NO_ENTRY }
  #at = 0

  constructor(path: string) {
    this.#file = openSync(path, 'a+')
  }

  /** Reads what has been appended since the last call. @param take - gets each entry, which is its own during the call only */
  read(take: (entry: Entry) => void): void {
    for (let whole; (whole = this.#chunk()) > 0;) {
      for (let offset = 0; offset < whole; offset += ENTRY_BYTES) {
        readEntry(this.#view, offset, this.#entry)
        take(this.#entry)
      }
      this.#at += whole
    }
  }

  /** @returns bytes of whole entries */
  #chunk(): number {
    const size = readSync(this.#file, this.#buffer, 0, CHUNK, this.#at)
    return size - (size % ENTRY_BYTES)
  }

  close(): void {
    closeSync(this.#file)
  }
}
