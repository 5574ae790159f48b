import { described, InvalidOptionError } from '../errors.js'
import { latencyQuantile } from '../model/latency-buckets.js'
import { checkName, checkQueueName } from '../model/name.js'
import type { RunCounts } from '../model/run-counts.js'
import { sumOfCounts } from '../model/run-counts.js'
import { toMilliseconds } from '../model/duration.js'
import type { OperationsStore } from '../stores/operations-store.js'
import type { SeriesRing } from '../stores/series-rings.js'
import { SERIES_RINGS } from '../stores/series-rings.js'
import type { ControlParts } from './control-parts.js'
import { operationsOf } from './control-parts.js'
import type { JobFigures, JobsQuery, Latency, Series } from './looks.js'
import { readEach, toLog } from './read-each.js'

/** The jobs of a queue, or of all, with what they have done of late: by queue and name. */
export async function listJobs(parts: ControlParts, { queue, job, over = '1h' }: JobsQuery): Promise<JobFigures[]> {
  if (job !== undefined) checkName('job', job)
  const operations = operationsOf(parts, 'series')
  const span = toMilliseconds(over, 'over')
  const ring = ringFor(span)
  if (ring === undefined) throw new InvalidOptionError('over', 'at most 60 days', described(over))
  const look = async (name: string): Promise<JobFigures[]> =>
    await jobsOfQueue(operations, { queue: name, job, span, step: ring.step })
  if (queue !== undefined) return await look(checkQueueName('queue', queue))
  return (await readEach([...(await parts.broker.queues())].sort(), look, toLog(parts, 'jobs'))).flat()
}

/** The finest ring that keeps a time. */
function ringFor(span: number): SeriesRing | undefined {
  return SERIES_RINGS.find(({ kept }) => kept >= span)
}

interface Asked {
  readonly queue: string
  readonly job: string | undefined
  readonly span: number
  readonly step: Series['step']
}

async function jobsOfQueue(operations: OperationsStore, { queue, job, span, step }: Asked): Promise<JobFigures[]> {
  const [totals, { now }] = await Promise.all([operations.totals(queue), operations.inspect(queue)])
  const known = totals.filter((each) => job === undefined || each.job === job)
  if (known.length === 0) return []
  const jobs = known.map((each) => each.job)
  const from = now - span
  const series = await operations.series(queue, { jobs, step, from, to: now, isWatching: false })
  return known.map(({ job: name, lastSuccess }, i) => {
    const points = series[i] ?? []
    // The first interval began before the time that is asked for.
    const seconds = Math.max(1, (now - Math.min(from, points[0]?.at ?? from)) / 1_000)
    return { queue, job: name, lastSuccess, ...figuresOf(sumOfCounts(points.map(({ counts }) => counts)), seconds) }
  })
}

function figuresOf(counts: RunCounts, seconds: number): Omit<JobFigures, 'queue' | 'job' | 'lastSuccess'> {
  const { succeeded, failed, revoked, retried } = counts
  const ended = succeeded + failed + revoked
  return {
    succeeded,
    failed,
    revoked,
    retried,
    rate: ended / seconds,
    failing: succeeded + failed === 0 ? null : failed / (succeeded + failed),
    wait: latencyOf(counts.wait, counts.waitSum),
    run: latencyOf(counts.run, counts.runSum),
  }
}

/** Percentiles of a histogram; null: it is empty. */
export function latencyOf(buckets: readonly number[], sum: number): Latency | null {
  const at = (part: number): number => latencyQuantile(buckets, part) ?? 0
  const count = buckets.reduce((total, each) => total + each, 0)
  return count === 0 ? null : { mean: sum / count, p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}
