import type { TaskEvent } from '../stores/broker.js'
import type { Message } from '../model/message.js'

/** Which events a callback gets: a name, `'*'` for all, or what matches. */
export type EventPattern = TaskEvent | '*' | RegExp | (string & {})

/** Called for each event: the type of the message, the event's name, and the message. */
export type EventCallback<M extends Message = Message> = (channel: string, event: string, message: M) => void
