/** The pauses between retries of an operation that fails: each is twice as long as the one before, with jitter. */
export class Backoff {
  #pause: number

  /**
   * @param first - approximate length of the first pause, ms
   * @param longest - approximate length of the longest pause, ms
   */
  constructor(
    private readonly first: number,
    private readonly longest: number,
  ) {
    this.#pause = first
  }

  /** The next pause, ms. */
  next(): number {
    const pause = this.#pause
    this.#pause = Math.min(pause * 2, this.longest)
    return pause * (0.5 + Math.random())
  }

  /** Starts again from the first pause, after a success. */
  reset(): void {
    this.#pause = this.first
  }
}
