import { addCounts, noCounts } from '../../model/run-counts.js'
import type { Series, SeriesPoint } from '../../operate/looks.js'
import { stepOf } from '../../operate/read-series.js'
import { ringOf } from '../../stores/series-rings.js'
import type { RouteContext } from './route.js'
import { wholeOf } from './route.js'

/** What has ended over time: of a queue, of all that the visitor sees, or of one job in them. */
export async function series({ control, query }: RouteContext): Promise<Series> {
  const step = stepOf(query.get('step') ?? '1m')
  const { length } = ringOf(step)
  // Those who ask within one interval ask for the same.
  const from = Math.floor((wholeOf(query, 'from') ?? 0) / length) * length
  const job = query.get('job') ?? undefined
  const queue = query.get('queue')
  const all = await control.series({ queue, step, from, ...(job !== undefined && { job }) })
  const points = all.length === 1 ? (all[0]?.points ?? []) : sumOf(all)
  return { queue: queue ?? '', job: job ?? null, step, points }
}

/** Several series as one. Sizes add up as far as they were sampled. */
function sumOf(all: readonly Series[]): SeriesPoint[] {
  const byTime = new Map<number, SeriesPoint[]>()
  for (const point of all.flatMap(({ points }) => points)) {
    byTime.set(point.at, [...(byTime.get(point.at) ?? []), point])
  }
  const added = (points: readonly SeriesPoint[], of: 'queued' | 'ready' | 'delayed' | 'held'): number | null => {
    const known = points.flatMap((point) => point[of] ?? [])
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0)
  }
  return [...byTime]
    .sort(([a], [b]) => a - b)
    .map(([at, points]) => {
      const counts = noCounts()
      for (const point of points) addCounts(counts, point)
      const ages = points.flatMap(({ oldestReady }) => oldestReady ?? [])
      return {
        at,
        ...counts,
        queued: added(points, 'queued'),
        ready: added(points, 'ready'),
        delayed: added(points, 'delayed'),
        held: added(points, 'held'),
        oldestReady: ages.length === 0 ? null : Math.max(...ages),
      }
    })
}
