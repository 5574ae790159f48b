const FIRST_BACKOFF = 100
const LONGEST_BACKOFF = 5_000
/** Number of failed launches in a row after which nothing need wait for the next one. */
const MOST_FAILURES = 3

/** Spaces out the launches of members that fail, one after the other. Made by the {@link Pool}. */
export class LaunchBackoff {
  #failures = 0
  #timer: NodeJS.Timeout | undefined

  /** Whether no member may be launched now. */
  get isWaiting(): boolean {
    return this.#timer !== undefined
  }

  /** A member could be launched. */
  succeeded(): void {
    this.#failures = 0
  }

  /**
   * A launch failed.
   *
   * @param retry - called when the next may be tried
   * @returns ms until then, and whether it is likely to fail, too
   */
  failed(retry: () => void): { readonly wait: number; readonly isHopeless: boolean } {
    this.#failures += 1
    const wait = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (this.#failures - 1))
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      retry()
    }, wait)
    return { wait, isHopeless: this.#failures >= MOST_FAILURES }
  }

  close(): void {
    clearTimeout(this.#timer)
  }
}
