import { performance } from './timers.js'

/** Most doublings of a wait: 2 to the power of many failures is Infinity. */
const MOST_DOUBLINGS = 30

/**
 * Spaces out the attempts at something that fails. Each wait is twice the one before, up to the longest, and is spread by
 * chance: clients that lost the same server do not come back at the same moment.
 */
export class Backoff {
  #failures = 0
  #nextAt = 0

  /** @param first - wait after the first failure, ms. @param longest - of all waits, ms */
  constructor(
    private readonly first: number,
    private readonly longest: number,
  ) {}

  /** Failures in a row. */
  get failures(): number {
    return this.#failures
  }

  /** Time until the next attempt may be made, ms; 0: it may be made now. */
  get left(): number {
    return this.#failures === 0 ? 0 : Math.max(0, this.#nextAt - performance.now())
  }

  /** An attempt failed. @returns ms to wait before the next one */
  failed(): number {
    const wait = Math.min(this.longest, this.first * 2 ** Math.min(this.#failures, MOST_DOUBLINGS))
    this.#failures += 1
    const spread = Math.round(wait * (0.75 + Math.random() * 0.25))
    this.#nextAt = performance.now() + spread
    return spread
  }

  /** An attempt succeeded: the next failure is the first one again. */
  succeeded(): void {
    this.#failures = 0
  }
}
