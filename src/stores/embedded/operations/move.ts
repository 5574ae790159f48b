import type { ActPlace } from '../../../model/act-place.js'
import type { Encoded } from '../../../model/encoded.js'
import { REVOKED } from '../../../model/task-state.js'
import type { Move } from '../../operations-store.js'
import { STATE } from '../database/schema.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'
import { addTask } from '../tables/add-task.js'
import { endTask } from '../tables/end-tasks.js'
import { findTask } from '../tables/find-tasks.js'
import { placeOfRow } from '../tables/place-of-row.js'
import type { QueueTransaction } from '../tables/queue-transaction.js'
import { isSame, recordOf } from '../tables/task-rows.js'
import { wakeIdle } from '../tables/wake-idle.js'

/** Both queues are in one database: one transaction moves a task, so that none is ever on its way. */
export async function move(
  session: EmbeddedSession,
  queue: string,
  moves: readonly Move[],
  to: string,
  outcome: Encoded,
  ttl: number,
  places: readonly ActPlace[],
): Promise<readonly boolean[]> {
  const none = moves.map(() => false)
  return await session.transactTwo(queue, to, none, (from, target) => {
    const moved = moves.map((each) => moveTask(from, target, each, { outcome, ttl, places }))
    wakeIdle(target)
    return moved
  })
}

interface MoveOptions {
  readonly outcome: Encoded
  readonly ttl: number
  readonly places: readonly ActPlace[]
}

function moveTask(
  from: QueueTransaction,
  target: QueueTransaction,
  { id, newId, outcome: own }: Move,
  { outcome: ofAll, ttl, places }: MoveOptions,
): boolean {
  const outcome = own ?? ofAll
  const row = findTask(from, id)
  if (row?.holder !== null) return false
  // A call that is sent again finds its own outcome.
  if (row.state === STATE.done) return row.status === REVOKED && isSame(row.outcome, outcome)
  if (!places.includes(placeOfRow(row, from.now))) return false
  const { job, tags, priority, dueAt } = recordOf(row, from.name).header
  const delay = Math.max(0, dueAt - from.now)
  addTask(target, { id: newId, job, tags, body: row.body, priority, delay, inbox: null, checkDuplicate: true }, null)
  endTask(from, row, { status: REVOKED, outcome, ttl, settled: 0, crashes: row.crashes })
  // It goes on elsewhere: the index of failed tasks is for those that somebody may retry.
  from.sql('UPDATE task SET suspect = -1 WHERE seq = ?').run(row.seq)
  return true
}
