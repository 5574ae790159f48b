import { HISTORY_GAP } from '../stores/policy.js'
import { RecentMap } from '../util/recent-map.js'

/**
 * The holders of this process that want no lock any more, for as long as a failover may undo that: the store then has them still, as
 * holders or as waiters. Created by the locks.
 */
export class PastHolders {
  readonly #recent = new RecentMap<string, null>(Infinity, HISTORY_GAP)

  add(holder: string): void {
    this.#recent.add(holder, null)
  }

  all(): readonly string[] {
    return this.#recent.entries().map(([holder]) => holder)
  }
}
