import type { QueueStats } from '../model/queue-counts.js'
import type { QueueSample } from '../stores/kept-series.js'
import type { QueueInspection } from '../stores/operations-store.js'
import { REPORT_INTERVAL } from '../stores/policy.js'
import { intervalOf, ringOf } from '../stores/series-rings.js'
import type { QueueRates } from './looks.js'

/** Time over which rates are, ms. */
const MINUTE = 60_000
/** Of each of its intervals there is one sample at most. */
const SAMPLED = ringOf('1m')
/** Longest time between two looks at counters for which they count as having grown evenly, ms. */
const LONGEST = 180_000

type Counts = Pick<QueueStats, 'queued' | 'succeeded' | 'failed' | 'revoked'>
type Looks = Pick<QueueInspection, 'samples' | 'stats' | 'now' | 'ready'>

/** Counters as they stood once. */
interface Point {
  readonly at: number
  readonly stats: Counts
  /** Age of the oldest ready task, ms. */
  readonly oldest: number
}

const NONE: Counts = { queued: 0, succeeded: 0, failed: 0, revoked: 0 }

/**
 * Tasks a second over the last minute, from the counters now and as they stood a minute ago. Null: unknown.
 *
 * Workers let the store keep the counters once a minute, and only while tasks end. So what they were a minute ago lies between two such
 * samples, or before the first one.
 */
export function ratesOf({ samples, stats, now, ready }: Looks): QueueRates | null {
  const [first] = samples
  if (first === undefined) return null
  const oldest = Math.max(0, ...ready.map((line) => now - (line.oldest ?? now)))
  const points = [{ at: now, stats, oldest }, ...samples.map(pointOf)]
  const then = now - MINUTE
  const place = points.findIndex(({ at }) => at <= then)
  const [before, after] = [points[place], points[place - 1]]
  if (before !== undefined && after !== undefined) return between(statsAt(then, before, after), stats, MINUTE)
  // Of a queue with one sample, that is the first one that it ever had.
  if (samples.length === 1) return between(statsAt(then, beginOf(first), pointOf(first)), stats, MINUTE)
  const earliest = samples.at(-1) ?? first
  return between(earliest.stats, stats, now - earliest.at)
}

function pointOf({ at, stats, oldestReady }: QueueSample): Point {
  return { at, stats, oldest: oldestReady ?? 0 }
}

/** Before the first sample: a worker tells of the first ends within its report. What has waited for longer was not queued in that time. */
function beginOf({ at, stats, oldestReady }: QueueSample): Point {
  const counts = (oldestReady ?? 0) > MINUTE ? { ...NONE, queued: stats.queued } : NONE
  return { at: at - REPORT_INTERVAL, stats: counts, oldest: 0 }
}

/** The counters between two looks at them. Null: unknown. */
function statsAt(then: number, before: Point, after: Point): Counts | null {
  const ended = ({ succeeded, failed }: Counts): number => succeeded + failed
  const isSame = before.stats.queued === after.stats.queued && endedOf(before.stats) === endedOf(after.stats)
  if (isSame) return before.stats
  const even = (from: number): Counts => mixed(before.stats, after.stats, share(then, from, after.at))
  const isNext = intervalOf(SAMPLED, after.at) - intervalOf(SAMPLED, before.at) <= SAMPLED.length
  if (isNext) return even(before.at)
  // No worker has told of anything for a while: what has ended since has ended shortly before the later look.
  if (ended(after.stats) > ended(before.stats)) {
    const late = even(Math.max(before.at, after.at - REPORT_INTERVAL))
    return after.oldest > MINUTE ? { ...late, queued: even(before.at).queued } : late
  }
  return after.at - before.at > LONGEST ? null : even(before.at)
}

/** Which part of a time is over, from 0 to 1. */
function share(then: number, from: number, to: number): number {
  return Math.min(1, Math.max(0, (then - from) / Math.max(1, to - from)))
}

function mixed(before: Counts, after: Counts, part: number): Counts {
  const at = (of: (counts: Counts) => number): number => of(before) + (of(after) - of(before)) * part
  return {
    queued: at(({ queued }) => queued),
    succeeded: at(({ succeeded }) => succeeded),
    failed: at(({ failed }) => failed),
    revoked: at(({ revoked }) => revoked),
  }
}

function between(before: Counts | null, stats: Counts, time: number): QueueRates | null {
  if (before === null) return null
  const seconds = Math.max(1, time / 1_000)
  const rate = (of: (stats: Counts) => number): number => Math.max(0, of(stats) - of(before)) / seconds
  return { queued: rate(({ queued }) => queued), ended: rate(endedOf), failed: rate(({ failed }) => failed) }
}

function endedOf({ succeeded, failed, revoked }: Counts): number {
  return succeeded + failed + revoked
}
