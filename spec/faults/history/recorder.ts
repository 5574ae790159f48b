import { closeSync, openSync, writeSync } from 'node:fs'
import type { Event } from './event.js'

type Unstamped<E> = E extends Event ? Omit<E, 'at'> : never

/** Ms of the machine's monotonic clock: the same for all processes. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** Appends events to a history. */
export class Recorder {
  readonly #file: number
  #isOpen = true

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  /** Writes one line, with one system call: it is there in full when this returns, whatever happens to the process. */
  record(event: Unstamped<Event>): void {
    if (this.#isOpen) writeSync(this.#file, `${JSON.stringify({ at: now(), ...event })}\n`)
  }

  /** What happens later is not recorded. */
  close(): void {
    this.#isOpen = false
    closeSync(this.#file)
  }
}
