import type { RunEnd } from '../execution/run-end.js'
import type { ReleaseSettlement } from '../stores/broker.js'
import { HISTORY_GAP, RESULT_TTL_FLOOR } from '../stores/policy.js'
import type { RecentBatch } from '../util/recent-batches.js'
import { RecentBatches } from '../util/recent-batches.js'
import { performance } from '../util/timers.js'
import type { Unsettled } from './settle-sender.js'

/** Most outcomes that are kept, and most bytes of them and of their tasks. */
const MOST_TASKS = 1_000
const MOST_BYTES = 8 * 1024 * 1024
/** Age after which an outcome is not settled again, ms: its record may have been there, and have expired since. */
const OLDEST = RESULT_TTL_FLOOR / 2

/**
 * The last outcomes that a store has recorded: it may forget them in a failover, and then they are settled again. Created by the claim
 * loop of a store whose history may change.
 */
export class SettledOutcomes {
  readonly #recent = new RecentBatches<RecentBatch<readonly RunEnd[]>>(MOST_TASKS, MOST_BYTES, HISTORY_GAP)

  /** The outcomes of one call were recorded. Keeps those that are not far older than these. */
  add(outcomes: readonly Unsettled[]): void {
    // Not the runs, which hold the arguments and much else.
    const ends = outcomes.map(({ end }) => end)
    this.#recent.add({ items: ends, bytes: bytesOf(ends), at: performance.now() })
  }

  /** Those that ended a run. */
  ends(): Exclude<RunEnd, ReleaseSettlement>[] {
    return this.#recent.youngerThan(OLDEST).flatMap(({ items }) => items.filter((end) => end.kind !== 'release'))
  }
}

function bytesOf(ends: readonly RunEnd[]): number {
  let bytes = 0
  for (const end of ends) bytes += end.task.body.length + (end.kind === 'release' ? 0 : end.outcome.length)
  return bytes
}
