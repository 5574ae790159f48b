import { HISTORY_GAP } from '../stores/policy.js'
import { sharedClock } from '../util/clock.js'

/**
 * The holders of this process that want no lock any more, for as long as a failover may undo that: the store then has them still, as
 * holders or as waiters. Created by the locks.
 */
export class PastHolders {
  /** When each was added, on the shared clock. The oldest come first. */
  readonly #since = new Map<string, number>()

  add(holder: string): void {
    this.#forget()
    this.#since.set(holder, sharedClock())
  }

  all(): readonly string[] {
    this.#forget()
    return [...this.#since.keys()]
  }

  #forget(): void {
    const limit = sharedClock() - HISTORY_GAP
    for (const [holder, since] of this.#since) {
      if (since > limit) return
      this.#since.delete(holder)
    }
  }
}
