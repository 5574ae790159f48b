import type { QueueSizes, QueueStats } from '../model/queue-counts.js'
import { errorMessage } from '../util/thrown.js'
import type { OperationsStore, QueueInspection } from '../stores/operations-store.js'
import type { Broker } from '../stores/broker.js'
import type { QueueOverview } from './looks.js'
import { readPausedBy } from './paused-by.js'
import { ratesOf } from './queue-rates.js'

/** A queue at a glance. Of a store without operations only its counts are known. */
export async function queueOverview(
  broker: Broker,
  operations: OperationsStore | null,
  name: string,
): Promise<QueueOverview> {
  if (operations === null) return await countsOf(broker, name)
  const seen = overviewOf(name, await operations.inspect(name))
  return seen.paused ? { ...seen, pausedBy: await readPausedBy(operations, name) } : seen
}

/** A queue by one look at it. @param free - its free slots, which a look at all queues tells */
export function overviewOf(name: string, inspection: QueueInspection, free: number | null = null): QueueOverview {
  const { paused, sizes, failed, stats, ready, nextDue, workers, suspects, now } = inspection
  const alive = workers.filter(({ state }) => state === 'alive')
  const byPriority = ready.map(({ priority, count, oldest }) => ({
    priority,
    ready: count,
    oldest: oldest === null ? null : Math.max(0, now - oldest),
  }))
  return {
    name,
    paused,
    ...sizes,
    failed,
    oldestReady: oldestReady(inspection),
    byPriority,
    nextDueIn: nextDue === null ? null : Math.max(0, nextDue - now),
    workers: alive.length,
    slots: alive.reduce((sum, { slots }) => sum + slots, 0),
    free,
    suspects,
    stats,
    rates: ratesOf(inspection),
  }
}

/** A queue that cannot be read. */
export function unreadOverview(name: string, error: Error): QueueOverview {
  const stats = { queued: 0, succeeded: 0, failed: 0, revoked: 0, retried: 0, released: 0, reclaimed: 0 }
  return { ...emptyOverview(name, { ready: 0, delayed: 0, held: 0 }, stats), error: errorMessage(error) }
}

/** Time since the ready task that waits longest was due, ms; null: none is ready. */
export function oldestReady({ ready, now }: Pick<QueueInspection, 'ready' | 'now'>): number | null {
  const dues = ready.flatMap(({ oldest }) => oldest ?? [])
  return dues.length === 0 ? null : Math.max(0, now - Math.min(...dues))
}

async function countsOf(broker: Broker, name: string): Promise<QueueOverview> {
  const [sizes, stats] = await Promise.all([broker.size(name), broker.stats(name)])
  return emptyOverview(name, sizes, stats)
}

function emptyOverview(name: string, sizes: QueueSizes, stats: QueueStats): QueueOverview {
  return {
    name,
    paused: false,
    ...sizes,
    failed: 0,
    oldestReady: null,
    byPriority: [],
    nextDueIn: null,
    workers: 0,
    slots: 0,
    free: null,
    suspects: 0,
    stats,
    rates: null,
  }
}
