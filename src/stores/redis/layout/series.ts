import { addToLetter, noCounts } from '../../../model/run-counts.js'
import type { CounterSample, QueueSample, StoredPoint } from '../../kept-series.js'
import type { QueueInspection } from '../../operations-store.js'
import type { SeriesRing } from '../../series-rings.js'
import { RATE_INTERVAL } from '../../policy.js'
import { countersOf } from './counters.js'

/** Intervals of one hash: as many as stay a list in the server's memory, and have one digit. */
export const BLOCK = 10

/** Number of the hash of a moment. */
export function blockOf({ length }: SeriesRing, at: number): number {
  return Math.floor(at / (length * BLOCK))
}

/** Digit of the interval of a moment in its hash. */
export function digitOf({ length }: SeriesRing, at: number): number {
  return Math.floor(at / length) % BLOCK
}

interface Interval {
  readonly counts: ReturnType<typeof noCounts>
  sizes: string
  counters: string
}

/** The intervals of one hash, in order. @param fields - a field and its value in turn, see observe.lua */
export function readBlock(ring: SeriesRing, block: number, fields: readonly string[]): StoredPoint[] {
  const intervals = new Map<number, Interval>()
  for (let i = 0; i < fields.length; i += 2) {
    const [field = '', value = ''] = fields.slice(i, i + 2)
    const digit = Number(field.charAt(0))
    const letter = field.charAt(1)
    const interval = intervals.get(digit) ?? { counts: noCounts(), sizes: '', counters: '' }
    intervals.set(digit, interval)
    if (letter === '*') interval.sizes = value
    else if (letter === '+') interval.counters = value
    else addToLetter(interval.counts, letter, Number(value) || 0)
  }
  return [...intervals]
    .sort(([a], [b]) => a - b)
    .map(([digit, { counts, sizes, counters }]) => ({
      at: (block * BLOCK + digit) * ring.length,
      counts,
      sample: readSample(`${sizes};${counters}`)[0] ?? null,
    }))
}

/** A sample of a queue; none where there is none. @param text - "at,ready,delayed,held,oldest;counters" */
export function readSample(text: string): QueueSample[] {
  const [sizes = '', counters = ''] = text.split(';')
  const [at = '', ready, delayed, held, oldest = ''] = sizes.split(',')
  if (at === '') return []
  const counts = { ready: Number(ready), delayed: Number(delayed), held: Number(held) }
  const live = counts.ready + counts.delayed + counts.held
  return [
    {
      at: Number(at),
      ...counts,
      oldestReady: oldest === '' ? null : Number(oldest),
      stats: countersOf(live, counters),
    },
  ]
}

/** The samples of a queue, see observe.lua. A worker of an older version keeps the last two alone. */
export function readSamples(
  last: string,
  before: string,
  forRates: string,
): Pick<QueueInspection, 'samples' | 'isWhole'> {
  const fine = forRates.split(' ').flatMap(readRateSample)
  const known = new Set(fine.map(({ at }) => at))
  const coarse = [...readSample(last), ...readSample(before)].filter(({ at }) => !known.has(at))
  const samples = [...fine, ...coarse].sort((a, b) => b.at - a.at)
  return { samples, isWhole: forRates === '' ? samples.length === 1 : forRates.endsWith('*') }
}

/** @param text - "at,live,oldest;counters" */
function readRateSample(text: string): CounterSample[] {
  const [sizes = '', counters = ''] = text.split(';')
  const [at = '', live, oldest = ''] = sizes.split(',')
  // The mark at the end is none.
  if (!/^\d/.test(at)) return []
  return [
    {
      at: Number(at),
      oldestReady: oldest === '' ? null : Number(oldest),
      stats: countersOf(Number(live), counters),
      interval: RATE_INTERVAL,
    },
  ]
}
