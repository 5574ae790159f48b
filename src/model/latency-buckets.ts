/**
 * Bounds of the buckets of all histograms, ms: 1, 2, 5, ... to 1,000 s, and an hour. A value that equals a bound is below it. What is
 * longer than an hour is in one more bucket. Histograms of other bounds could not be added up, so the bounds are fixed.
 */
export const LATENCY_BOUNDS: readonly number[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000,
  3_600_000,
]

/** Number of buckets: one a bound, and that of the longest. */
export const LATENCY_BUCKETS = LATENCY_BOUNDS.length + 1

/** Most ms whose bucket is looked up in a table. */
const MOST_LOOKED_UP = 1_000

const NEAR = Uint8Array.from({ length: MOST_LOOKED_UP + 1 }, (_, ms) => search(ms))

/** Index of the bucket of a time. @param ms - a negative one counts as 0 */
export function latencyBucket(ms: number): number {
  const whole = Math.ceil(ms)
  return whole <= MOST_LOOKED_UP ? (NEAR[Math.max(0, whole)] ?? 0) : search(ms)
}

function search(ms: number): number {
  const index = LATENCY_BOUNDS.findIndex((bound) => ms <= bound)
  return index < 0 ? LATENCY_BOUNDS.length : index
}

/** What is known of a percentile, as histograms know no more than its bucket. */
export interface LatencyRange {
  readonly is: 'at most' | 'over'
  readonly ms: number
}

/** The bucket of a percentile, by its bound. @param ms - as {@link latencyQuantile} gives it, which is a guess within the bucket */
export function latencyRange(ms: number): LatencyRange {
  // The guess at an hour may be of what took longer, too.
  const [before = 0, longest = 0] = LATENCY_BOUNDS.slice(-2)
  if (ms >= longest) return { is: 'over', ms: before }
  return { is: 'at most', ms: LATENCY_BOUNDS[latencyBucket(ms)] ?? longest }
}

/**
 * The time that a part of all tasks did not exceed, ms: within the bucket of the true one. Null: there is no task.
 *
 * @param buckets - number of tasks in each bucket
 * @param part - 0.95 for the 95th percentile
 */
export function latencyQuantile(buckets: readonly number[], part: number): number | null {
  const total = buckets.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const rank = Math.min(total, Math.max(1, Math.ceil(part * total)))
  let below = 0
  for (const [index, count] of buckets.entries()) {
    if (below + count < rank) {
      below += count
      continue
    }
    const [from, to] = [LATENCY_BOUNDS[index - 1] ?? 0, LATENCY_BOUNDS[index]]
    // Nothing is known of the last bucket but where it begins.
    return to === undefined ? from : from + ((to - from) * (rank - below)) / count
  }
  return null
}
