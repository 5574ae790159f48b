import { setImmediate } from '../util/timers.js'

/**
 * Acts once in a turn of the event loop. Answers of the store that arrive together are taken in turn: while the tasks of the
 * first one run, the store works on the next call. Taken at once, their calls would leave together from then on, and the store
 * and the worker would wait for each other.
 */
export class InTurn {
  #waiting: (() => void)[] | null = null

  do(act: () => void): void {
    if (this.#waiting !== null) {
      this.#waiting.push(act)
      return
    }
    this.#waiting = []
    setImmediate(() => {
      this.#next()
    })
    act()
  }

  #next(): void {
    const act = this.#waiting?.shift()
    if (act === undefined) {
      this.#waiting = null
      return
    }
    setImmediate(() => {
      this.#next()
    })
    act()
  }
}
