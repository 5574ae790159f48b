import { messageTypeOf } from '../consumers/message-job.js'
import { Manager } from './manager.js'
import { classOfType } from '../model/message-registry.js'
import { messageOf } from '../model/message-type.js'
import type { Message } from '../model/message.js'
import type { Task } from '../model/task.js'
import type { Logger } from '../logging/logger.js'

/** Hands messages to the manager, where it overrides `storeMessage`. What it throws harms no task. */
export function storeMessageHook(manager: Manager, logger: Logger): ((task: Task) => void) | null {
  if (Object.getPrototypeOf(manager) === Manager.prototype) return null
  const failed = (error: unknown): void => {
    logger.error(`the manager's storeMessage failed: ${String(error)}`)
  }
  return (task) => {
    try {
      Promise.resolve(manager.storeMessage(messageIn(task))).catch(failed)
    } catch (error) {
      failed(error)
    }
  }
}

/** The message that a task carries to its consumer; most tasks carry none. */
function messageIn(task: Task): Message {
  const type = messageTypeOf(task.name)
  return type === null || classOfType(type) === undefined ? task : messageOf(type, task.kwargs)
}
