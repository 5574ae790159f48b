import { Message } from '../model/message.js'
import { registerMessage } from '../model/message-registry.js'

/** What a worker says of itself every two seconds: the event `status` of `consumer`. */
export class ConsumerStatus extends Message {
  declare readonly node: string
  /** Name of the worker. */
  declare readonly worker: string
  declare readonly pid: number
  /** Version of this package. */
  declare readonly version: string
  /** Seconds since its process started. */
  declare readonly uptime: number
  /** Queues that it consumes. */
  declare readonly queues: readonly string[]
  /** Most tasks at once. */
  declare readonly concurrentTasks: number
  /** Tasks that run now. */
  declare readonly running: number
  /** Tasks that ended since its start. */
  declare readonly processed: number
  /** Bytes. */
  declare readonly memory: { readonly rss: number; readonly heapUsed: number }
  /** How late the event loop was since the last status, ms. */
  declare readonly eventLoopDelay: { readonly mean: number; readonly max: number }
  /** What each consumer says of itself, by name. */
  declare readonly consumers: Readonly<Record<string, unknown>>
}

registerMessage('consumer', ConsumerStatus)
