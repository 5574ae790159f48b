import type { ControlParts } from './control-parts.js'
import { workersOf } from './list-workers.js'
import type { StoreOverview } from './looks.js'
import { overviewOf, queueOverview } from './queue-overview.js'

/** All queues and workers, by one look at each queue. */
export async function lookAtAll({ broker }: ControlParts): Promise<StoreOverview> {
  const names = [...(await broker.queues())].sort()
  const operations = broker.operations()
  if (operations === null) {
    return { queues: await Promise.all(names.map((name) => queueOverview(broker, null, name))), workers: null }
  }
  const looks = await Promise.all(names.map(async (queue) => ({ queue, look: await operations.inspect(queue) })))
  return {
    queues: looks.map(({ queue, look }) => overviewOf(queue, look)),
    workers: workersOf(looks.map(({ queue, look }) => ({ queue, workers: look.workers }))),
  }
}
