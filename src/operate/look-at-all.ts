import type { ControlParts } from './control-parts.js'
import { freeSlots, heldByWorker } from './free-slots.js'
import { workersOf } from './list-workers.js'
import type { QueueOverview, StoreOverview } from './looks.js'
import { pausedByIn, recentActs } from './paused-by.js'
import { overviewOf, queueOverview, unreadOverview } from './queue-overview.js'
import { lookAtEach } from './read-each.js'

/** All queues, by one look at each, and one at the log of acts where any is paused. */
export async function listQueues(parts: ControlParts): Promise<QueueOverview[]> {
  const { queues } = await lookAtAll(parts)
  const operations = parts.broker.operations()
  if (operations === null || !queues.some(({ paused }) => paused)) return [...queues]
  const acts = await recentActs(operations)
  return queues.map((queue) => (queue.paused ? { ...queue, pausedBy: pausedByIn(acts, queue.name) } : queue))
}

/** Some queues, by one look at each. One that cannot be read is a row with its error. */
export async function lookAtQueues(
  names: readonly string[],
  look: (name: string) => Promise<QueueOverview>,
): Promise<QueueOverview[]> {
  const looked = await lookAtEach(names, look)
  return looked.map((each) => ('error' in each ? unreadOverview(each.queue, each.error) : each.look))
}

/** All queues and workers, by one look at each queue. */
export async function lookAtAll({ broker }: ControlParts): Promise<StoreOverview> {
  const operations = broker.operations()
  const names = [...(await broker.queues())].sort()
  if (operations === null) {
    return { queues: await lookAtQueues(names, async (name) => await queueOverview(broker, null, name)), workers: null }
  }
  const looked = await lookAtEach(names, async (queue) => await operations.inspect(queue))
  const leases = looked.flatMap((each) => ('error' in each ? [] : [{ queue: each.queue, workers: each.look.workers }]))
  const held = heldByWorker(leases)
  return {
    queues: looked.map((each) =>
      'error' in each
        ? unreadOverview(each.queue, each.error)
        : overviewOf(each.queue, each.look, freeSlots(each.look, held)),
    ),
    workers: workersOf(leases),
  }
}
