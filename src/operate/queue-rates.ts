import type { QueueStats } from '../model/queue-counts.js'
import type { QueueSample } from '../stores/kept-series.js'
import type { QueueInspection } from '../stores/operations-store.js'
import type { QueueRates } from './looks.js'

/** Shortest time over which a rate is measured, ms, where an earlier sample is known. */
const SHORTEST = 30_000
/** Age from which a sample says nothing about the last minute, ms: nobody has looked since. */
const OLDEST = 180_000

/** Tasks a second, since the last sample that is old enough. Null: unknown. */
export function ratesOf({
  samples,
  stats,
  now,
}: Pick<QueueInspection, 'samples' | 'stats' | 'now'>): QueueRates | null {
  const sample = samples.find(({ at }) => now - at >= SHORTEST) ?? samples.at(-1)
  if (sample === undefined) return null
  const rates = between(sample, stats, now)
  // No worker has ended anything since then: if nothing came either, nothing goes on here.
  const isStill = rates.queued === 0 && rates.ended === 0
  return now - sample.at > OLDEST && !isStill ? null : rates
}

function between({ at, stats: before }: QueueSample, stats: QueueStats, now: number): QueueRates {
  const seconds = Math.max(1, (now - at) / 1_000)
  const rate = (of: (stats: QueueStats) => number): number => Math.max(0, of(stats) - of(before)) / seconds
  return {
    queued: rate(({ queued }) => queued),
    ended: rate(({ succeeded, failed, revoked }) => succeeded + failed + revoked),
    failed: rate(({ failed }) => failed),
  }
}
