import { messageTypeOf } from '../consumers/message-job.js'
import { Manager } from './manager.js'
import { classOfType } from '../model/message-registry.js'
import { messageOf } from '../model/message-type.js'
import type { Message } from '../model/message.js'
import type { Task } from '../model/task.js'
import type { Logger } from '../logging/logger.js'
import { errorMessage } from '../util/thrown.js'

/**
 * Makes the function that passes tasks to `storeMessage` of the manager. An error of the manager is only logged.
 *
 * @returns null when the manager is the default one, which stores nothing
 */
export function storeMessageHook(manager: Manager, logger: Logger): ((task: Task) => void) | null {
  if (Object.getPrototypeOf(manager) === Manager.prototype) return null
  const failed = (error: unknown): void => {
    logger.error(`the manager's storeMessage failed: ${errorMessage(error)}`)
  }
  return (task) => {
    try {
      Promise.resolve(manager.storeMessage(messageIn(task))).catch(failed)
    } catch (error) {
      failed(error)
    }
  }
}

/** The message that a task carries to a consumer. For the task of an ordinary job, the task itself. */
function messageIn(task: Task): Message {
  const type = messageTypeOf(task.name)
  return type === null || classOfType(type) === undefined ? task : messageOf(type, task.kwargs)
}
