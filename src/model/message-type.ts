import { described, MessageTypeError } from '../errors.js'
import { Message } from './message.js'
import type { MessageClass } from './message-registry.js'
import { classOfType, registerMessage } from './message-registry.js'
import { Task } from './task.js'

const PATTERN = /^[a-z][\w.-]*$/i

/**
 * Gives a class of messages the name of its type, so that its messages can be queued, executed and announced. Works with
 * TypeScript's `experimentalDecorators` and with standard decorators.
 *
 * @param type - letters, digits, `.`, `_` and `-`, a letter first; `task` and `consumer` are taken
 * @throws {@link MessageTypeError} for a name that is malformed or taken, and for a class that does not extend `Message`
 */
export function MessageType(type: string) {
  if (typeof type !== 'string' || !PATTERN.test(type)) {
    throw new MessageTypeError(type, `a name such as 'tweet', got ${described(type)}`)
  }
  return <C extends MessageClass>(target: C, _context?: ClassDecoratorContext<C>): void => {
    if (!(target.prototype instanceof Message)) {
      throw new MessageTypeError(type, `the type of a class that extends Message, got ${target.name}`)
    }
    const taken = registerMessage(type, target)
    if (taken !== null) throw new MessageTypeError(type, `free for ${target.name}, got one that ${taken.name} has`)
  }
}

/** Builds a message from its data. @throws {@link MessageTypeError} for a type that is not registered */
export function messageOf(type: string, data: object): Message {
  const target = classOfType(type)
  if (target === undefined) {
    throw new MessageTypeError(type, 'the type of a class that this process has loaded, got an unknown one')
  }
  // Members are defined, not assigned: one may have the name of a getter of the class.
  return Object.create(target.prototype as object, Object.getOwnPropertyDescriptors(data)) as Message
}

/** The data of a message, for the wire. */
export function dataOf(message: Message): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(message))
}

registerMessage('task', Task)
