import { sumOfCounts } from '../../../model/run-counts.js'
import type { Observation, ObserveReply, QueueSample } from '../../kept-series.js'
import type { QueueInspection } from '../../operations-store.js'
import { OPERATION_TTL } from '../../policy.js'
import type { DatabaseConnection } from '../database/database-connection.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'
import { stats } from '../queue/stats.js'
import { leaseKey } from '../tables/leases.js'
import { addRateSample, addSample, lacksRateSample, lacksSample } from '../tables/sample-rows.js'
import { addJob, addRecent, addToSeries, WHOLE_QUEUE } from '../tables/series-rows.js'
import { inspect } from './inspect.js'

/** Adds what a worker has seen to the series of a queue. The first observation of an interval takes a sample of the queue, too. */
export async function observe(
  session: EmbeddedSession,
  queue: string,
  { worker, seq, jobs, ended, isComplete }: Observation,
): Promise<ObserveReply> {
  const { store, namespace } = session
  const { metrics } = store
  const key = leaseKey(namespace, queue)
  const now = store.clock.now()
  const [isFirst, isAfterRest] = await metrics.read(() => [
    lacksSample(metrics, key, now),
    lacksRateSample(metrics, key, now),
  ])
  // Each second while somebody looks: a look at the whole queue would be the most that a report costs.
  const sample = isFirst || isAfterRest ? sampleOf(await inspect(session, queue)) : null
  const counters = sample ?? { at: now, oldestReady: null, stats: await stats(session, queue) }
  const add = (metrics: DatabaseConnection): ObserveReply => {
    const observer = `${key}/${worker}`
    const known = metrics.sql('SELECT seq FROM observer WHERE name = ?').get(observer) as { seq: number } | undefined
    if (known?.seq !== seq) {
      metrics.sql('INSERT OR REPLACE INTO observer (name, seq, at) VALUES (?, ?, ?)').run(observer, seq, now)
      for (const [job, counts] of jobs) addJob(metrics, key, job, counts, now)
      if (jobs.size > 0) addToSeries(metrics, key, WHOLE_QUEUE, sumOfCounts(jobs.values()), now)
      addRecent(metrics, key, ended, isComplete, now)
    }
    addRateSample(metrics, key, counters)
    if (isFirst && sample !== null) {
      addSample(metrics, key, sample)
      metrics.sql('DELETE FROM observer WHERE at < ?').run(now - OPERATION_TTL)
    }
    const isWatched = metrics.sql('SELECT 1 FROM watched WHERE queue = ? AND until > ?').get(key, now) !== undefined
    return { isWatched }
  }
  return await session.readableMetrics((metrics) => metrics.write(() => add(metrics)))
}

function sampleOf({ now, sizes, stats, ready }: QueueInspection): QueueSample {
  const dues = ready.flatMap(({ oldest }) => oldest ?? [])
  return { at: now, ...sizes, oldestReady: dues.length === 0 ? null : Math.max(0, now - Math.min(...dues)), stats }
}
