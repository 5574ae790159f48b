import { described, InvalidOptionError, NotMeasuredError } from '../errors.js'
import { toMilliseconds } from '../model/duration.js'
import { checkQueueName } from '../model/name.js'
import type { RunCounts } from '../model/run-counts.js'
import { sumOfCounts } from '../model/run-counts.js'
import type { OperationsStore, QueueInspection } from '../stores/operations-store.js'
import type { SeriesStep, StoredPoint } from '../stores/kept-series.js'
import { intervalOf, ringOf, SERIES_RINGS } from '../stores/series-rings.js'
import type { ControlParts } from './control-parts.js'
import { operationsOf } from './control-parts.js'
import { oldestReady } from './queue-overview.js'
import type { AutoscaleOptions, AutoscaleSignal } from './looks.js'

/** Time over which arrivals are measured, ms. */
const ARRIVALS = 300_000
/** Time over which the cost of a task is measured, ms. */
const HOUR = 3_600_000
/** Shortest time over which they are measured, ms. */
const SHORTEST = 1_000
/** Slots of a worker where none is alive and nobody says how many it has: the default of `concurrentTasks`. */
const DEFAULT_SLOTS = 5

/**
 * What a queue needs: slots for what comes, at its usual cost, and slots to work off what waits within the time to drain.
 *
 * @throws {@link NotMeasuredError} where no run of the queue is known. A scaler must not take that for 0
 */
export async function autoscale(
  parts: ControlParts,
  queue: string,
  { drain = '1m', slots }: AutoscaleOptions,
): Promise<AutoscaleSignal> {
  checkQueueName('queue', queue)
  const target = toMilliseconds(drain, 'drain') / 1_000
  if (target <= 0) throw new InvalidOptionError('drain', 'a time above 0', described(drain))
  if (slots !== undefined && !(slots > 0)) throw new InvalidOptionError('slots', 'a number above 0', described(slots))
  const operations = operationsOf(parts, 'series')
  const look = await operations.inspect(queue)
  const { ready, held } = look.sizes
  if (look.stats.queued === 0) throw new NotMeasuredError(queue, 'a task was ever queued')
  const idle = ready + held === 0
  const lastHour = await pointsOf(operations, queue, '1m', look.now - HOUR, look.now)
  const cost = await costOf(operations, queue, look.now, lastHour)
  const arrivals = arrivalsOf(lastHour, look, target)
  if (cost === null && !(idle && arrivals === 0))
    throw new NotMeasuredError(queue, 'a worker has reported the end of a run within 60 days')
  const seconds = cost ?? 0
  const backlogSeconds = ready * seconds
  const needed = (arrivals * seconds + backlogSeconds / target) / (slots ?? slotsOf(look))
  return {
    queue,
    ready,
    oldestReady: oldestReady(look),
    backlogSeconds,
    desiredWorkers: Math.max(idle ? 0 : 1, Math.ceil(round(needed))),
  }
}

async function pointsOf(
  operations: OperationsStore,
  queue: string,
  step: SeriesStep,
  from: number,
  to: number,
): Promise<readonly StoredPoint[]> {
  const [points = []] = await operations.series(queue, { jobs: [null], step, from, to, isWatching: false })
  return points
}

/** Seconds of a slot that a task of the queue takes in the mean, all its runs together; null: none has ended. */
async function costOf(
  operations: OperationsStore,
  queue: string,
  now: number,
  lastHour: readonly StoredPoint[],
): Promise<number | null> {
  for (const { step, kept } of SERIES_RINGS) {
    // The last hour, or what is older where nothing has ended since.
    const points = step === '1m' ? lastHour : await pointsOf(operations, queue, step, now - kept, now)
    const cost = costPerTask(sumOfCounts(points.map(({ counts }) => counts)))
    if (cost !== null) return cost
  }
  return null
}

function costPerTask({ succeeded, failed, retried, runSum, run }: RunCounts): number | null {
  const runs = run.reduce((sum, count) => sum + count, 0)
  if (runs === 0) return null
  const ended = succeeded + failed
  // Where tasks have only been retried so far, each run counts as a task.
  return runSum / 1_000 / (ended === 0 ? Math.max(1, retried) : ended)
}

/**
 * Tasks a second that were queued of late, without those by which the queue has grown: they wait, and count as that. So a burst counts
 * once. Where nobody has looked, all that has come waits.
 *
 * @param shortest - s over which they are measured at least, the time to drain: what a burst has lost so far would else count as arrivals at
 *   the rate at which it is worked off, beside what is left of it
 */
function arrivalsOf(
  lastHour: readonly StoredPoint[],
  { now, stats, sizes }: QueueInspection,
  shortest: number,
): number {
  const from = intervalOf(ringOf('1m'), now - ARRIVALS)
  const first = lastHour.find(({ at, sample }) => at >= from && sample !== null)?.sample
  if (first === null || first === undefined || now - first.at < SHORTEST) return 0
  const growth = Math.max(0, sizes.ready + sizes.delayed - first.ready - first.delayed)
  return Math.max(0, stats.queued - first.stats.queued - growth) / Math.max(shortest, (now - first.at) / 1_000)
}

/** Slots of a worker, in the mean of those that are alive, and not quiet. */
function slotsOf({ workers }: QueueInspection): number {
  const alive = workers.filter(({ state, slots }) => state === 'alive' && slots > 0)
  return alive.length === 0 ? DEFAULT_SLOTS : alive.reduce((sum, { slots }) => sum + slots, 0) / alive.length
}

/** Without what binary fractions add: 3.0000000000000004 workers are three. */
function round(workers: number): number {
  return Math.round(workers * 1e6) / 1e6
}
