import { typeOfClass } from './message-registry.js'

/**
 * Something that is queued, executed or announced. `Task` is the one that comes with the package; others extend this and
 * are decorated with `@MessageType`. A message is its own data: members that can be serialized, and no methods that need
 * a constructor to have run.
 */
export abstract class Message {
  /** The name of its type: `'task'` for a task. Empty for a class without `@MessageType`. */
  get type(): string {
    return typeOfClass(this.constructor) ?? ''
  }
}
