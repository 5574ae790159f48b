import type { LastTicks, Tick, TickReply } from '../../broker.js'
import type { QueueTransaction } from '../tables/queue-transaction.js'
import { addTask } from '../tables/add-task.js'
import type { Store } from '../store.js'

interface TickRow {
  readonly last: number
  readonly task: string
}

/** Moves a periodic job's schedule on, and queues the task of the tick. */
export function takeTick(queue: QueueTransaction, { job, expected, at, task }: Tick): TickReply {
  const { store, now } = queue
  const sql = store.queue.sql('SELECT last, task FROM tick WHERE queue = ? AND job = ?')
  const known = sql.get(queue.id, job) as TickRow | undefined
  const last = known?.last ?? null
  if (last !== expected) {
    // Sent again after it has acted, it finds its own tick and task.
    return { queued: last === at && task !== null && known?.task === task.id, last, now }
  }
  store.queue
    .sql(
      `INSERT INTO tick (queue, job, last, task) VALUES (?, ?, ?, ?)
       ON CONFLICT (queue, job) DO UPDATE SET last = excluded.last, task = excluded.task`,
    )
    .run(queue.id, job, at, task?.id ?? '')
  return { queued: task !== null && addTask(queue, task).verdict === 'queued', last: at, now }
}

/** Where schedules stand. @param queue - its row */
export function lastTicks(store: Store, queue: number, jobs: readonly string[]): LastTicks {
  const sql = store.queue.sql('SELECT last FROM tick WHERE queue = ? AND job = ?')
  const last = jobs.map((job) => (sql.get(queue, job) as Pick<TickRow, 'last'> | undefined)?.last ?? null)
  return { last, now: store.clock.now() }
}
