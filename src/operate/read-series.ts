import { described, InvalidOptionError } from '../errors.js'
import { checkName, checkQueueName } from '../model/name.js'
import type { StoredPoint } from '../stores/kept-series.js'
import { ringOf, SERIES_RINGS } from '../stores/series-rings.js'
import type { ControlParts } from './control-parts.js'
import { operationsOf } from './control-parts.js'
import type { Series, SeriesPoint, SeriesQuery } from './looks.js'

/** The series of a queue, or of one of its jobs. */
export async function readSeries(parts: ControlParts, query: SeriesQuery): Promise<Series> {
  const { queue, job = null, from, to = Infinity, step } = query
  checkQueueName('queue', queue)
  if (job !== null) checkName('job', job)
  stepOf(step)
  if (!isTime(from)) throw new InvalidOptionError('from', 'ms since the epoch', described(from))
  if (!isTime(to)) throw new InvalidOptionError('to', 'ms since the epoch', described(to))
  const [points = []] = await operationsOf(parts, 'series').series(queue, {
    jobs: [job],
    step,
    from,
    to,
    isWatching: true,
  })
  return { queue, job, step, points: pointsOf(points, step) }
}

/** The step of a series. @throws {@link InvalidOptionError} */
export function stepOf(text: unknown): Series['step'] {
  const ring = SERIES_RINGS.find(({ step }) => step === text)
  if (ring !== undefined) return ring.step
  throw new InvalidOptionError('step', `one of ${SERIES_RINGS.map(({ step }) => step).join(', ')}`, described(text))
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && !Number.isNaN(value)
}

/** Points as they are shown: how many tasks were queued in an interval is the difference of two samples. */
export function pointsOf(points: readonly StoredPoint[], step: Series['step']): SeriesPoint[] {
  const { length } = ringOf(step)
  return points.map(({ at, counts, sample }, i) => {
    const next = points[i + 1]
    const after = next !== undefined && next.at - at <= length ? next.sample : null
    const queued = sample === null || after === null ? null : Math.max(0, after.stats.queued - sample.stats.queued)
    return {
      at,
      ...counts,
      queued,
      ready: sample?.ready ?? null,
      delayed: sample?.delayed ?? null,
      held: sample?.held ?? null,
      oldestReady: sample?.oldestReady ?? null,
    }
  })
}
