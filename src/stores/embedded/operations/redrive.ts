import { FAILURE, REVOKED } from '../../../model/task-state.js'
import type { NewTask } from '../../broker.js'
import type { Redrive, RedriveVerdict } from '../../operations-store.js'
import { STATE } from '../database/schema.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'
import { addTask } from '../tables/add-task.js'
import { findTask } from '../tables/find-tasks.js'
import type { QueueTransaction } from '../tables/queue-transaction.js'
import { recordOf } from '../tables/task-rows.js'
import { wakeIdle } from '../tables/wake-idle.js'

/** Queues failed tasks once more. A transaction is not sent again, so its answer need not be kept under the operation. */
export async function redrive(
  session: EmbeddedSession,
  queue: string,
  tasks: readonly Redrive[],
): Promise<readonly RedriveVerdict[]> {
  return await session.transactKnown(
    queue,
    tasks.map(() => 'gone'),
    (transaction) => {
      const verdicts = tasks.map((task) => redriveTask(transaction, task))
      wakeIdle(transaction)
      return verdicts
    },
  )
}

function redriveTask(transaction: QueueTransaction, { id, newId, body, delay }: Redrive): RedriveVerdict {
  if (findTask(transaction, newId)) return 'known'
  const row = findTask(transaction, id)
  const hasFailed = row?.state === STATE.done && (row.status === FAILURE || row.status === REVOKED)
  if (!row || !hasFailed || row.suspect !== 0) return 'gone'
  const { header } = recordOf(row, transaction.name)
  const { job, tags, priority } = header
  const task: NewTask = {
    id: newId,
    job,
    tags,
    body: body ?? row.body,
    priority,
    delay,
    inbox: null,
    checkDuplicate: true,
  }
  addTask(transaction, task, null)
  // It leaves the index of failed tasks.
  transaction.sql('UPDATE task SET suspect = -1 WHERE seq = ?').run(row.seq)
  return 'queued'
}
