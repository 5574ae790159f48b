import type { QueueStats } from '../model/queue-counts.js'
import type { CounterSample } from '../stores/kept-series.js'
import type { QueueInspection } from '../stores/operations-store.js'
import { REPORT_INTERVAL } from '../stores/policy.js'
import type { QueueRates } from './looks.js'

/** Time over which rates are, ms. */
const MINUTE = 60_000
/** Longest time between two looks at counters for which they count as having grown evenly, ms. */
const LONGEST = 180_000

type Counts = Pick<QueueStats, 'queued' | 'succeeded' | 'failed' | 'revoked'>
type Looks = Pick<QueueInspection, 'samples' | 'isWhole' | 'stats' | 'now' | 'ready'>

/** Counters as they stood once. */
interface Point {
  readonly at: number
  readonly stats: Counts
  /** Age of the oldest ready task, ms. */
  readonly oldest: number
  /** Length of the intervals in each of which there is such a point while tasks end, ms. */
  readonly interval: number
}

const NONE: Counts = { queued: 0, succeeded: 0, failed: 0, revoked: 0 }

/**
 * Tasks a second over the last minute, from the counters now and as they stood a minute ago. Null: unknown.
 *
 * Workers let the store keep the counters every ten seconds, and only while tasks end. So what they were a minute ago lies between two
 * such samples, or before the first one.
 */
export function ratesOf({ samples, isWhole, stats, now, ready }: Looks): QueueRates | null {
  const first = samples.at(-1)
  if (first === undefined) return null
  const oldest = Math.max(0, ...ready.map((line) => now - (line.oldest ?? now)))
  const points = [{ at: now, stats, oldest, interval: 0 }, ...samples.map(pointOf)]
  const then = now - MINUTE
  const place = points.findIndex(({ at }) => at <= then)
  const [before, after] = [points[place], points[place - 1]]
  if (before !== undefined && after !== undefined) return between(statsAt(then, before, after), stats, MINUTE)
  if (isWhole ?? samples.length === 1) return between(statsAt(then, beginOf(first), pointOf(first)), stats, MINUTE)
  // Workers of an older version have kept too few: the counters of a minute ago are unknown.
  return between(first.stats, stats, now - first.at)
}

function pointOf({ at, stats, oldestReady, interval = MINUTE }: CounterSample): Point {
  return { at, stats, oldest: oldestReady ?? 0, interval }
}

/** Before the first sample: a worker tells of the first ends within its report. What has waited for longer was not queued in that time. */
function beginOf({ at, stats, oldestReady, interval = MINUTE }: CounterSample): Point {
  const counts = (oldestReady ?? 0) > MINUTE ? { ...NONE, queued: stats.queued } : NONE
  return { at: at - REPORT_INTERVAL, stats: counts, oldest: 0, interval }
}

/** The counters between two looks at them. Null: unknown. */
function statsAt(then: number, before: Point, after: Point): Counts | null {
  const ended = ({ succeeded, failed }: Counts): number => succeeded + failed
  const isSame = before.stats.queued === after.stats.queued && endedOf(before.stats) === endedOf(after.stats)
  if (isSame) return before.stats
  const even = (from: number): Counts => mixed(before.stats, after.stats, share(then, from, after.at))
  if (isNext(before, after)) return even(before.at)
  // No worker has told of anything for a while: what has ended since has ended shortly before the later look.
  if (ended(after.stats) > ended(before.stats)) {
    const late = even(Math.max(before.at, after.at - REPORT_INTERVAL))
    return after.oldest > MINUTE ? { ...late, queued: even(before.at).queued } : late
  }
  return after.at - before.at > LONGEST ? null : even(before.at)
}

/** Whether no interval lies between two looks. */
function isNext(before: Point, after: Point): boolean {
  const length = Math.max(before.interval, after.interval)
  return Math.floor(after.at / length) - Math.floor(before.at / length) <= 1
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
