import type { ControlParts } from './control-parts.js'
import { workersOf } from './list-workers.js'
import type { QueueOverview, StoreOverview } from './looks.js'
import { overviewOf, queueOverview, unreadOverview } from './queue-overview.js'
import { lookAtEach } from './read-each.js'

/** All queues, by one look at each. */
export async function listQueues({ broker }: ControlParts): Promise<QueueOverview[]> {
  const names = [...(await broker.queues())].sort()
  return await lookAtQueues(names, async (name) => await queueOverview(broker, broker.operations(), name))
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
export async function lookAtAll(parts: ControlParts): Promise<StoreOverview> {
  const operations = parts.broker.operations()
  if (operations === null) return { queues: await listQueues(parts), workers: null }
  const names = [...(await parts.broker.queues())].sort()
  const looked = await lookAtEach(names, async (queue) => await operations.inspect(queue))
  return {
    queues: looked.map((each) =>
      'error' in each ? unreadOverview(each.queue, each.error) : overviewOf(each.queue, each.look),
    ),
    workers: workersOf(
      looked.flatMap((each) => ('error' in each ? [] : [{ queue: each.queue, workers: each.look.workers }])),
    ),
  }
}
