import type { CounterSample, QueueSample } from '../../kept-series.js'
import type { QueueInspection } from '../../operations-store.js'
import { RATE_INTERVAL, RATE_SAMPLES } from '../../policy.js'
import { intervalOf, SERIES_RINGS } from '../../series-rings.js'
import type { DatabaseConnection } from '../database/database-connection.js'
import { WHOLE_QUEUE } from './series-rows.js'

/** Number that stands for the samples for rates where others have that of their ring. */
const FOR_RATES = SERIES_RINGS.length

/** A sample for rates as it is kept. */
interface RateSample extends CounterSample {
  /** Whether the queue had no sample before. */
  readonly isFirst: boolean
}

/** Whether an interval that begins now has no sample yet. */
export function lacksSample(metrics: DatabaseConnection, queue: string, now: number): boolean {
  return SERIES_RINGS.some((ring, number) => {
    const row = metrics
      .sql('SELECT sample FROM series WHERE queue = ? AND ring = ? AND job = ? AND at = ?')
      .get(queue, number, WHOLE_QUEUE, intervalOf(ring, now)) as { sample: string | null } | undefined
    return (row?.sample ?? null) === null
  })
}

/** Whether no worker has told of anything in the interval for rates of this time, nor in the one before. */
export function lacksRateSample(metrics: DatabaseConnection, queue: string, now: number): boolean {
  const row = metrics
    .sql('SELECT 1 FROM series WHERE queue = ? AND ring = ? AND job = ? AND at >= ?')
    .get(queue, FOR_RATES, WHOLE_QUEUE, rateIntervalOf(now) - RATE_INTERVAL)
  return row === undefined
}

/** Keeps a sample where there is none, and deletes what is too old. */
export function addSample(metrics: DatabaseConnection, queue: string, sample: QueueSample): void {
  const insert = metrics.sql(
    `INSERT INTO series (queue, ring, job, at, counts, sample) VALUES (?1, ?2, ?3, ?4, '', ?5)
     ON CONFLICT (queue, ring, job, at) DO UPDATE SET sample = coalesce(sample, ?5)`,
  )
  const prune = metrics.sql('DELETE FROM series WHERE ring = ? AND at < ?')
  for (const [number, ring] of SERIES_RINGS.entries()) {
    const at = intervalOf(ring, sample.at)
    insert.run(queue, number, WHOLE_QUEUE, at, JSON.stringify(sample))
    prune.run(number, at - ring.kept)
  }
  const longest = Math.max(...SERIES_RINGS.map(({ kept }) => kept))
  prune.run(FOR_RATES, sample.at - longest)
}

/** Keeps the last sample of an interval for rates. To be called before {@link addSample}, so that the first sample is known as such. */
export function addRateSample(metrics: DatabaseConnection, queue: string, sample: CounterSample): void {
  const { at, oldestReady, stats } = sample
  const begin = rateIntervalOf(at)
  const known = metrics
    .sql('SELECT 1 FROM series WHERE queue = ? AND job = ? AND sample IS NOT NULL LIMIT 1')
    .get(queue, WHOLE_QUEUE)
  const same = metrics
    .sql('SELECT sample FROM series WHERE queue = ? AND ring = ? AND job = ? AND at = ?')
    .get(queue, FOR_RATES, WHOLE_QUEUE, begin) as { sample: string } | undefined
  const isFirst = known === undefined || (same !== undefined && (JSON.parse(same.sample) as RateSample).isFirst)
  const kept: RateSample = { at, oldestReady, stats, isFirst }
  metrics
    .sql(`INSERT OR REPLACE INTO series (queue, ring, job, at, counts, sample) VALUES (?, ?, ?, ?, '', ?)`)
    .run(queue, FOR_RATES, WHOLE_QUEUE, begin, JSON.stringify(kept))
  metrics
    .sql(
      `DELETE FROM series WHERE queue = ?1 AND ring = ?2 AND job = ?3 AND at <
       (SELECT at FROM series WHERE queue = ?1 AND ring = ?2 AND job = ?3 ORDER BY at DESC LIMIT 1 OFFSET ?4)`,
    )
    .run(queue, FOR_RATES, WHOLE_QUEUE, RATE_SAMPLES - 1)
}

/** The last samples, the later one first. A process of an older version keeps those of the rings alone. */
export async function lastSamples(
  metrics: DatabaseConnection,
  queue: string,
): Promise<Pick<QueueInspection, 'samples' | 'isWhole'>> {
  return await metrics.read(() => {
    const rates = lastOf<RateSample>(metrics, queue, FOR_RATES, RATE_SAMPLES)
    const fine = rates.map(({ isFirst: _, ...sample }) => ({ ...sample, interval: RATE_INTERVAL }))
    const known = new Set(fine.map(({ at }) => at))
    const coarse = ofRings(metrics, queue).filter(({ at }) => !known.has(at))
    const samples = [...fine, ...coarse].sort((a, b) => b.at - a.at)
    return { samples, isWhole: rates.length === 0 ? samples.length === 1 : rates.at(-1)?.isFirst === true }
  })
}

/** The last two samples of the rings. */
function ofRings(metrics: DatabaseConnection, queue: string): readonly QueueSample[] {
  const latest = lastOf<QueueSample>(metrics, queue, 0, 2)
  if (latest.length > 1) return latest
  const before = latest.at(-1)?.at ?? Infinity
  // A ring of longer intervals has those of a queue that has rested for hours.
  const older = lastOf<QueueSample>(metrics, queue, SERIES_RINGS.length - 1, 2).filter(({ at }) => at < before)
  return [...latest, ...older].slice(0, 2)
}

function lastOf<T>(metrics: DatabaseConnection, queue: string, ring: number, most: number): T[] {
  const rows = metrics
    .sql(
      'SELECT sample FROM series WHERE queue = ? AND ring = ? AND job = ? AND sample IS NOT NULL ORDER BY at DESC LIMIT 0 + ?',
    )
    .all(queue, ring, WHOLE_QUEUE, most) as { sample: string }[]
  return rows.map(({ sample }) => JSON.parse(sample) as T)
}

function rateIntervalOf(at: number): number {
  return Math.floor(at / RATE_INTERVAL) * RATE_INTERVAL
}
