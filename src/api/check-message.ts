import { InvalidOptionError, described } from '../errors.js'
import type { Message } from '../model/message.js'

/** @returns the message @throws {@link InvalidOptionError} for what is no instance of a class */
export function checkMessage(message: unknown): Message {
  if (typeof message === 'object' && message !== null && typeof message.constructor === 'function') {
    return message as Message
  }
  throw new InvalidOptionError('message', 'a task, or an instance of a class with @MessageType', described(message))
}
