import type { NewTask, QueueReply } from '../../broker.js'
import { addTask } from '../tables/add-task.js'
import { wakeIdle } from '../tables/wake-idle.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Stores tasks and makes them ready, or delays them. */
export async function queue(
  session: EmbeddedSession,
  name: string,
  tasks: readonly NewTask[],
): Promise<readonly QueueReply[]> {
  if (tasks.length === 0) return []
  return await session.transact(name, (transaction) => {
    const replies = tasks.map((task) => addTask(transaction, task))
    wakeIdle(transaction)
    return replies
  })
}
