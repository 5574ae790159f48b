import type { Run } from '../execution/run.js'

/**
 * The runs of one queue that have begun and have not ended. Each knows its place, so that none is looked for when it ends: a Map by id
 * would cost more than the run itself. An id is asked for when a task is revoked, and then all are looked at.
 */
export class PresentRuns implements Iterable<Run> {
  readonly #runs: Run[] = []

  get size(): number {
    return this.#runs.length
  }

  [Symbol.iterator](): Iterator<Run> {
    return this.#runs[Symbol.iterator]()
  }

  /** The run of a task; undefined where it has none. */
  get(id: string): Run | undefined {
    return this.#runs.find(({ claimed }) => claimed.id === id)
  }

  has(run: Run): boolean {
    return this.#runs[run.place] === run
  }

  add(run: Run): void {
    run.place = this.#runs.length
    this.#runs.push(run)
  }

  /** @returns whether it was there */
  delete(run: Run): boolean {
    if (!this.has(run)) return false
    const last = this.#runs.pop()
    if (last !== undefined && last !== run) {
      this.#runs[run.place] = last
      last.place = run.place
    }
    run.place = -1
    return true
  }

  clear(): void {
    for (const run of this.#runs) run.place = -1
    this.#runs.length = 0
  }
}
