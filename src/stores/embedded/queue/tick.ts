import type { Tick, TickReply } from '../../broker.js'
import { addTask } from '../tables/add-task.js'
import { pauseKey } from '../../schedule-pauses.js'
import type { QueueTransaction } from '../tables/queue-transaction.js'
import { wakeIdle } from '../tables/wake-idle.js'
import type { EmbeddedSession } from './embedded-session.js'

interface TickRow {
  readonly last: number
  readonly operation: string
}

/** Advances a periodic job's schedule, and queues the task of the tick. */
export async function tick(session: EmbeddedSession, queue: string, call: Tick): Promise<TickReply> {
  return await session.transact(queue, (transaction) => {
    const reply = takeTick(transaction, call)
    wakeIdle(transaction)
    return reply
  })
}

function takeTick(transaction: QueueTransaction, tick: Tick): TickReply {
  const { job, expected, at, schedule, task, operation } = tick
  const { id, now } = transaction
  const existing = transaction.sql('SELECT last, operation FROM tick WHERE queue = ? AND job = ?').get(id, job)
  const row = existing as TickRow | undefined
  const last = row?.last ?? null
  if (last !== expected) {
    // A call that is sent again after it was executed finds its own tick and operation.
    return { queued: last === at && task !== null && row?.operation === operation, last, now }
  }
  const pause = transaction.sql('SELECT 1 FROM tick WHERE queue = ? AND job = ?').get(id, pauseKey(job))
  if (pause !== undefined) return { queued: false, last, now, paused: true }
  transaction
    .sql(
      `INSERT INTO tick (queue, job, last, schedule, operation) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (queue, job)
       DO UPDATE SET last = excluded.last, schedule = excluded.schedule, operation = excluded.operation`,
    )
    .run(id, job, at, schedule, task === null ? '' : operation)
  return { queued: task !== null && addTask(transaction, task, null).verdict === 'queued', last: at, now }
}
