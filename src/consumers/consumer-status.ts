import { Message } from '../model/message.js'
import { registerMessage } from '../model/message-registry.js'

/** The status of a worker, published every two seconds: the event `status` of `consumer`. */
export class ConsumerStatus extends Message {
  declare readonly node: string
  /** Name of the worker. */
  declare readonly worker: string
  declare readonly pid: number
  /** Version of this package. */
  declare readonly version: string
  /** Seconds since the process of the worker started. */
  declare readonly uptime: number
  /** Queues that the worker consumes. */
  declare readonly queues: readonly string[]
  /** Tasks that the worker runs at once, at most. */
  declare readonly concurrentTasks: number
  /** Number of tasks that run. */
  declare readonly running: number
  /** Number of tasks that ended since the start of the worker. */
  declare readonly processed: number
  /** Bytes. */
  declare readonly memory: { readonly rss: number; readonly heapUsed: number }
  /** Delay of the event loop since the last status, ms. Measured while tasks run here; else 0. */
  declare readonly eventLoopDelay: { readonly mean: number; readonly max: number }
  /** The `info()` of each consumer, by name. */
  declare readonly consumers: Readonly<Record<string, unknown>>
}

registerMessage('consumer', ConsumerStatus)
