import { Backoff } from '../../util/backoff.js'
import { clearTimeout, setTimeout } from '../../util/timers.js'

const FIRST_BACKOFF = 100
const LONGEST_BACKOFF = 5_000
/** Number of failed launches in a row after which the next one will probably fail, too. */
const MOST_FAILURES = 3

/** Delays the next launch of a member after launches that failed. Created by the {@link Pool}. */
export class LaunchBackoff {
  readonly #backoff = new Backoff(FIRST_BACKOFF, LONGEST_BACKOFF)
  #timer: NodeJS.Timeout | undefined

  /** Whether the next launch has to wait. */
  get isWaiting(): boolean {
    return this.#timer !== undefined
  }

  /** Records a launch that succeeded. */
  succeeded(): void {
    this.#backoff.succeeded()
  }

  /**
   * Records a launch that failed.
   *
   * @param retry - called when the next launch may be tried
   * @returns ms until then, and whether that launch will probably fail, too
   */
  failed(retry: () => void): { readonly wait: number; readonly isHopeless: boolean } {
    const wait = this.#backoff.failed()
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      retry()
    }, wait)
    return { wait, isHopeless: this.#backoff.failures >= MOST_FAILURES }
  }

  close(): void {
    clearTimeout(this.#timer)
  }
}
