import type { TaskEvent } from '../brokers/broker.js'
import type { Message } from '../model/message.js'
import type { Task } from '../model/task.js'

/** Which events a callback gets: a name, `'*'` for all, or what matches. */
export type EventPattern = TaskEvent | '*' | RegExp | (string & {})

/** Messages by their type, as callbacks get them. Other types of message may be added to it. */
export interface MessageTypes {
  task: Task
}

/** Called for each event: the type of the message, the event's name, and the message. */
export type EventCallback<M extends Message = Message> = (channel: string, event: string, message: M) => void
