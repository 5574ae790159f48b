import type { ConsumerStatus } from '../consumers/consumer-status.js'
import type { Task } from '../model/task.js'

/**
 * Messages by their type, as event callbacks get them. Add yours:
 * `declare module 'pulsar-queue' { interface MessageTypes { tweet: Tweet } }`.
 */
export interface MessageTypes {
  task: Task
  consumer: ConsumerStatus
}
