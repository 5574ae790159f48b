import { Worker as Thread } from 'node:worker_threads'

/** Places in the memory of the watch. Times in ms. */
const CELLS = { timeToHear: 0, timeToEnd: 1, hasHeard: 2 } as const

/**
 * The watch runs in a thread of its own, because a job may block the event loop of the main thread. The thread polls: one
 * that waits for a pipe to close could never be ended. Its code is text, so that it needs no file.
 */
const SOURCE = `
const { workerData: { parent, memory } } = require('node:worker_threads')
const cell = new Int32Array(new SharedArrayBuffer(4))
const cells = new Float64Array(memory)
let since = null
for (;;) {
  Atomics.wait(cell, 0, 0, 500)
  if (process.ppid === parent) continue
  since ??= performance.now()
  const limit = cells[${String(CELLS.hasHeard)}] === 1 ? cells[${String(CELLS.timeToEnd)}] : cells[${String(CELLS.timeToHear)}]
  if (performance.now() - since >= limit) process.kill(process.pid, 'SIGKILL')
}
`

/**
 * Ends this process when the one that started it is gone, also in the middle of a loop that hears nothing. It does so half a
 * second later at the most, unless `allow()` gives the process time to end by itself.
 */
export class OrphanWatch {
  readonly #cells: Float64Array

  private constructor(memory: SharedArrayBuffer) {
    this.#cells = new Float64Array(memory)
  }

  static start(): OrphanWatch {
    const memory = new SharedArrayBuffer(Object.keys(CELLS).length * Float64Array.BYTES_PER_ELEMENT)
    const workerData = { parent: process.ppid, memory }
    new Thread(SOURCE, { eval: true, workerData, name: 'pq-orphan-watch' }).unref()
    return new OrphanWatch(memory)
  }

  /**
   * @param toHear - time after the parent's end until the main thread must have called `heard()`, ms: one that is in a loop
   *   cannot make use of more
   * @param toEnd - time after the parent's end until this process must have ended, ms
   */
  allow(toHear: number, toEnd: number): void {
    this.#cells[CELLS.timeToHear] = toHear
    this.#cells[CELLS.timeToEnd] = toEnd
  }

  /** The main thread knows that this process is to end. */
  heard(): void {
    this.#cells[CELLS.hasHeard] = 1
  }
}
