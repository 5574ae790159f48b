/** The pauses between the tries of something that fails: each twice as long as the one before, with jitter. */
export class Backoff {
  #pause: number

  /**
   * @param first - about the first pause, ms
   * @param longest - about the longest one, ms
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

  /** It has worked: the next failure begins anew. */
  reset(): void {
    this.#pause = this.first
  }
}
