/**
 * Spaces out the attempts at something that fails. Each wait is twice the one before, up to the longest, and is spread by
 * chance: clients that lost the same server do not come back at the same moment.
 */
export class Backoff {
  #failures = 0

  /** @param first - wait after the first failure, ms. @param longest - of all waits, ms */
  constructor(
    private readonly first: number,
    private readonly longest: number,
  ) {}

  /** Failures in a row. */
  get failures(): number {
    return this.#failures
  }

  /** An attempt failed. @returns ms to wait before the next one */
  failed(): number {
    // Bounded: 2 to the power of many failures is Infinity.
    const wait = Math.min(this.longest, this.first * 2 ** Math.min(this.#failures, 30))
    this.#failures += 1
    return Math.round(wait * (0.75 + Math.random() * 0.25))
  }

  /** An attempt succeeded: the next failure is the first one again. */
  succeeded(): void {
    this.#failures = 0
  }
}
