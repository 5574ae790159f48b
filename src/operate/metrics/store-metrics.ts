import type { JobTotals } from '../../stores/kept-series.js'
import type { QueueInspection } from '../../stores/operations-store.js'
import type { ControlParts } from '../control-parts.js'
import { operationsOf } from '../control-parts.js'
import { freeSlots, heldByWorker } from '../free-slots.js'
import { listSchedules } from '../list-schedules.js'
import type { QueueOverview, ScheduleOverview } from '../looks.js'
import { overviewOf } from '../queue-overview.js'
import type { UnreadTeller } from '../read-each.js'
import { readEach, toLog } from '../read-each.js'
import { toError } from '../../util/thrown.js'
import type { Metric, MetricSample } from './metric.js'

/** A queue with what its jobs have done. */
interface Measured {
  readonly queue: QueueOverview
  readonly jobs: readonly JobTotals[]
  /** Null: unknown. */
  readonly openProblems: number | null
}

interface Look {
  readonly queue: string
  readonly look: QueueInspection
}

/**
 * The metrics of the whole store, which any one process can answer. Counters of a queue are exact. Those of a job are what workers have
 * told, ten seconds ago at most; like the others, they never fall.
 *
 * @param isWanted - which queues. Default: all
 */
export async function storeMetrics(
  parts: ControlParts,
  isWanted: (queue: string) => boolean = () => true,
): Promise<Metric[]> {
  const operations = operationsOf(parts, 'metrics')
  const present = [...(await parts.broker.queues())].sort()
  const names = present.filter(isWanted)
  const unread = new Set<string>()
  const tell: UnreadTeller = (queue, error) => {
    if (!isWanted(queue)) return
    unread.add(queue)
    toLog(parts, 'metrics')(queue, error)
  }
  // What is kept beside the tasks may be damaged alone: the sizes of the queue are there all the same.
  const beside = async <T>(queue: string, look: () => Promise<readonly T[]>): Promise<readonly T[] | null> => {
    try {
      return await look()
    } catch (error) {
      tell(queue, toError(error))
      return null
    }
  }
  // The queues of a worker share its slots: what is free in one is known by a look at all.
  const inspect = async (queue: string): Promise<Look> => ({ queue, look: await operations.inspect(queue) })
  const looks = await readEach(names.length === 0 ? [] : present, inspect, tell)
  const held = heldByWorker(looks.map(({ queue, look: { workers } }) => ({ queue, workers })))
  const measure = async ({ queue: name, look }: Look): Promise<Measured> => {
    const queue = overviewOf(name, look, freeSlots(look, held))
    const [jobs, problems] = await Promise.all([
      beside(name, async () => await operations.totals(name)),
      beside(name, async () => await operations.problems(name)),
    ])
    const openProblems = problems === null ? null : problems.filter(({ state }) => state === 'open').length
    return { queue, jobs: jobs ?? [], openProblems }
  }
  const [memory, schedules, all] = await Promise.all([
    operations.memory(),
    listSchedules(parts, tell),
    Promise.all(looks.filter(({ queue }) => isWanted(queue)).map(measure)),
  ])
  return [
    gauge(
      'unreadable',
      'Whether the queue, or a part of it, cannot be read: what is missing is not 0. pq doctor says why.',
      names.map((queue) => ({ labels: { queue }, value: Number(unread.has(queue)) })),
    ),
    ...sizes(all),
    ...counters(all),
    ...histograms(all),
    ...jobMetrics(
      all,
      schedules.filter(({ queue }) => isWanted(queue)),
    ),
    gauge('store_memory_ratio', 'Part of the memory, or of the disk, of the store that is in use.', [
      ...(memory === null ? [] : [{ labels: {}, value: memory }]),
    ]),
  ]
}

function gauge(name: string, help: string, samples: readonly MetricSample[]): Metric {
  return { name: `pulsar_queue_${name}`, type: 'gauge', help, samples }
}

function counter(name: string, help: string, samples: readonly MetricSample[]): Metric {
  return { name: `pulsar_queue_${name}`, type: 'counter', help, samples }
}

/** One sample a queue; none where there is no value. */
function each(all: readonly Measured[], value: (measured: Measured) => number | null): MetricSample[] {
  return all.flatMap((measured) => {
    const found = value(measured)
    return found === null ? [] : [{ labels: { queue: measured.queue.name }, value: found }]
  })
}

function sizes(all: readonly Measured[]): Metric[] {
  const states = ['ready', 'delayed', 'held', 'failed'] as const
  return [
    gauge(
      'tasks',
      'Tasks by where they stand. Failed ones are those of the last seven days, 10,000 at most.',
      all.flatMap(({ queue }) =>
        states.map((state) => ({ labels: { queue: queue.name, state }, value: queue[state] })),
      ),
    ),
    gauge(
      'oldest_ready_seconds',
      'Time since the ready task of a priority that waits longest was due.',
      all.flatMap(({ queue }) =>
        queue.byPriority.flatMap(({ priority, oldest }) =>
          oldest === null ? [] : [{ labels: { queue: queue.name, priority }, value: oldest / 1_000 }],
        ),
      ),
    ),
    gauge(
      'paused',
      'Whether the queue is paused.',
      each(all, ({ queue }) => Number(queue.paused)),
    ),
    gauge(
      'workers',
      'Workers whose lease is valid.',
      each(all, ({ queue }) => queue.workers),
    ),
    gauge(
      'slots',
      'Slots of these workers. All queues of a worker share them: a slot is busy in each.',
      all.flatMap(({ queue }) => [
        { labels: { queue: queue.name, use: 'busy' }, value: queue.slots - (queue.free ?? 0) },
        { labels: { queue: queue.name, use: 'free' }, value: queue.free ?? 0 },
      ]),
    ),
    gauge('drain_seconds', 'Time in which what is ready is worked off at the present rate.', each(all, drainOf)),
    gauge(
      'problems_open',
      'Groups of failures that nobody has resolved or muted.',
      each(all, ({ openProblems }) => openProblems),
    ),
  ]
}

/** Null: at the present rate it never is, or the rate is unknown. */
function drainOf({ queue: { ready, rates } }: Measured): number | null {
  if (ready === 0) return 0
  return rates === null || rates.ended === 0 ? null : ready / rates.ended
}

function counters(all: readonly Measured[]): Metric[] {
  const outcomes = ['succeeded', 'failed', 'revoked'] as const
  return [
    counter(
      'queued',
      'Tasks that were queued.',
      each(all, ({ queue }) => queue.stats.queued),
    ),
    counter(
      'ended',
      'Tasks that ended, by job and outcome.',
      all.flatMap(({ queue, jobs }) =>
        jobs.flatMap(({ job, counts }) =>
          outcomes.map((outcome) => ({ labels: { queue: queue.name, job, outcome }, value: counts[outcome] })),
        ),
      ),
    ),
    counter(
      'retried',
      'Runs after which the task runs again.',
      each(all, ({ queue }) => queue.stats.retried),
    ),
    counter(
      'reclaimed',
      'Tasks that were taken from dead workers.',
      each(all, ({ queue }) => queue.stats.reclaimed),
    ),
  ]
}

function histograms(all: readonly Measured[]): Metric[] {
  const times = (of: 'wait' | 'run', sum: 'waitSum' | 'runSum'): MetricSample[] =>
    all.flatMap(({ queue, jobs }) =>
      jobs.map(({ job, counts }) => ({
        labels: { queue: queue.name, job },
        value: counts[sum] / 1_000,
        buckets: counts[of],
      })),
    )
  return [
    {
      name: 'pulsar_queue_wait_seconds',
      type: 'histogram',
      help: 'Time from when a run was due to its claim.',
      samples: times('wait', 'waitSum'),
    },
    {
      name: 'pulsar_queue_run_seconds',
      type: 'histogram',
      help: 'Time that a run took.',
      samples: times('run', 'runSum'),
    },
  ]
}

function jobMetrics(all: readonly Measured[], schedules: readonly ScheduleOverview[]): Metric[] {
  // A job may be in several queues.
  const successes = new Map<string, number>()
  for (const { job, lastSuccess } of all.flatMap(({ jobs }) => jobs)) {
    if (lastSuccess !== null) successes.set(job, Math.max(lastSuccess, successes.get(job) ?? 0))
  }
  const overdues = new Map<string, number>()
  for (const { job, next, overdue } of schedules) {
    if (next !== null && overdue !== null) overdues.set(job, Math.max(overdue, overdues.get(job) ?? 0))
  }
  return [
    gauge(
      'job_last_success_timestamp_seconds',
      'When a task of the job succeeded last.',
      [...successes].sort().map(([job, at]) => ({ labels: { job }, value: at / 1_000 })),
    ),
    gauge(
      'schedule_overdue_seconds',
      'Time since a periodic job was due and was not queued. Jobs that this process does not know are missing.',
      [...overdues].sort().map(([job, overdue]) => ({ labels: { job }, value: overdue / 1_000 })),
    ),
  ]
}
