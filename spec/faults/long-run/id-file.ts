import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'

/** Length of a generated id. */
const LENGTH = 22

/** The ids of a run's tasks, by their numbers. The producer appends them, and the harness reads them. */
export class IdFile {
  readonly #file: number

  constructor(path: string) {
    this.#file = openSync(path, 'a+')
  }

  /** Number of tasks that were sent. */
  get count(): number {
    return Math.floor(fstatSync(this.#file).size / LENGTH)
  }

  append(ids: readonly string[]): void {
    const odd = ids.find((id) => id.length !== LENGTH)
    if (odd !== undefined) throw new Error(`expected a generated id of ${String(LENGTH)} characters, got ${odd}`)
    writeSync(this.#file, ids.join(''), null, 'latin1')
  }

  idOf(index: number): string {
    const buffer = Buffer.alloc(LENGTH)
    readSync(this.#file, buffer, 0, LENGTH, index * LENGTH)
    return buffer.toString('latin1')
  }

  close(): void {
    closeSync(this.#file)
  }
}
