import type { LongTimeout } from '../util/long-timeout.js'
import { longTimeout } from '../util/long-timeout.js'

/** Longest wait, ms, unless the first one is longer. */
const LONGEST_WAIT = 10_000

/** The wait of a claim loop before it looks at an empty queue again. It doubles while nothing is found. */
export class IdleWait {
  #timer: LongTimeout | undefined
  #wait: number

  constructor(
    /** ms */
    private readonly first: number,
    private readonly over: () => void,
  ) {
    this.#wait = first
  }

  /** Something was found, or may be found soon: the next wait is the first one again. */
  reset(): void {
    this.#wait = this.first
  }

  /** @param nextDue - ms until the next delayed task is due, when the wait ends early; null: there is none */
  begin(nextDue: number | null): void {
    this.#timer?.clear()
    const wait = Math.min(nextDue ?? Infinity, this.#wait)
    this.#wait = Math.max(this.first, Math.min(2 * this.#wait, LONGEST_WAIT))
    this.#timer = longTimeout(this.over, wait)
  }

  clear(): void {
    this.#timer?.clear()
  }
}
