import { typeOfClass } from './message-registry.js'

/**
 * Base class of everything that is queued, executed or announced. `Task` is the message of the package; an application's own
 * messages extend this class and have the decorator `@MessageType`. The members of a message must be serializable. Its
 * receiver builds it without calling the constructor, so the methods must not depend on one.
 */
export abstract class Message {
  /** The name of the type: `'task'` for a task. Empty for a class without `@MessageType`. */
  get type(): string {
    return typeOfClass(this.constructor) ?? ''
  }
}
