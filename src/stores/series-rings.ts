import type { SeriesStep } from './kept-series.js'

/** A ring of intervals of one length. */
export interface SeriesRing {
  readonly step: SeriesStep
  /** Length of an interval, ms. */
  readonly length: number
  /** Time for which an interval is kept, ms. */
  readonly kept: number
}

/** Name of the jobs of a queue that have no series of their own. */
export const OTHER_JOBS = '_other'

const MINUTE = 60_000

/** All are written at once: nothing need be rolled up later. */
export const SERIES_RINGS: readonly SeriesRing[] = [
  { step: '1m', length: MINUTE, kept: 180 * MINUTE },
  { step: '10m', length: 10 * MINUTE, kept: 3 * 24 * 60 * MINUTE },
  { step: '1h', length: 60 * MINUTE, kept: 60 * 24 * 60 * MINUTE },
]

/** The ring of a step. */
export function ringOf(step: SeriesStep): SeriesRing {
  const ring = SERIES_RINGS.find((each) => each.step === step)
  if (ring === undefined) throw new Error(`expected a step of 1m, 10m or 1h, got ${step}`)
  return ring
}

/** Begin of the interval of a moment. */
export function intervalOf({ length }: SeriesRing, at: number): number {
  return Math.floor(at / length) * length
}
