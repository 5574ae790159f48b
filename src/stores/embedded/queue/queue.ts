import type { DurabilityName } from '../../../model/durability.js'
import type { NewTask, QueueReply } from '../../broker.js'
import { addTasks } from '../tables/add-task.js'
import { canHandOver, handOver } from '../tables/hand-over.js'
import type { ReadyRow } from '../tables/task-rows.js'
import { wakeIdle } from '../tables/wake-idle.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Stores tasks and makes them ready, or delays them. Idle workers are given them, or woken. */
export async function queue(
  session: EmbeddedSession,
  name: string,
  tasks: readonly NewTask[],
  durability?: DurabilityName,
): Promise<readonly QueueReply[]> {
  if (tasks.length === 0) return []
  return await session.transact(
    name,
    (transaction) => {
      const ready: ReadyRow[] | null = canHandOver(transaction) ? [] : null
      const replies = addTasks(transaction, tasks, ready)
      if (ready !== null) handOver(transaction, ready)
      wakeIdle(transaction)
      return replies
    },
    durability === undefined ? undefined : durability === 'full' ? 'full' : 'normal',
  )
}
