import type { Config } from '../model/config.js'
import type { Info } from '../model/info.js'
import { nodeNameOf, workerNameOf } from '../settings/node-name.js'
import { hidePassword } from '../util/hide-password.js'
import { packageVersion } from '../util/package-version.js'
import { performance } from '../util/timers.js'

/** The counters of a worker. */
interface WorkerCounts {
  readonly running: number
  readonly processed: number
}

/**
 * Describes this process.
 *
 * @param queues - queues that a worker of the app consumes
 * @param worker - the worker in this process; null: none
 * @param consumers - the `info()` of each consumer, by name
 */
export function describeProcess(
  config: Config,
  queues: readonly string[],
  worker: WorkerCounts | null,
  consumers: Info['consumers'],
): Info {
  const { rss, heapUsed } = process.memoryUsage()
  const node = nodeNameOf(config)
  const { running, processed } = worker ?? { running: 0, processed: 0 }
  return {
    name: config.name,
    node,
    worker: worker === null ? null : workerNameOf(node),
    pid: process.pid,
    version: packageVersion(),
    uptime: Math.round(performance.now() / 1_000),
    dataStore: hidePassword(config.dataStore),
    messageBroker: hidePassword(config.messageBroker),
    tasks: { queues, concurrentTasks: config.concurrentTasks, running, processed },
    memory: { rss, heapUsed },
    consumers,
  }
}
