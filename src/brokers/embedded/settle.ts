import { LeaseLostError, StaleCallError } from '../../errors.js'
import type { ClaimedTask, LaneCall, Outcome, SettleReply, Verdict } from '../broker.js'
import { STARTED } from '../../model/task-state.js'
import { candidates } from './candidates.js'
import { isLeased } from './leases.js'
import type { QueueTransaction } from './queue-transaction.js'
import { STATE } from './schema.js'
import type { TaskRow } from './task-rows.js'
import { claimedOf } from './task-rows.js'

interface LaneRow {
  readonly seq: number
  readonly answer: string
}

/** What a lane keeps of its last call. Claimed tasks by row and fence: their bodies are where they were. */
interface Answer {
  readonly verdicts: readonly Verdict[]
  readonly claimed: readonly (readonly [seq: number, fence: number])[]
}

/**
 * Records outcomes and claims.
 *
 * @throws {@link LeaseLostError}; {@link StaleCallError} for a call that is older than the lane's last
 */
export function settle(
  queue: QueueTransaction,
  call: LaneCall,
  outcomes: readonly Outcome[],
  max: number,
): SettleReply {
  const { store, id } = queue
  const { worker, lane, seq } = call
  if (!isLeased(store, queue.leaseKey, worker)) throw new LeaseLostError(call.queue, worker)
  const last = store
    .sql('SELECT seq, answer FROM lane WHERE queue = ? AND worker = ? AND lane = ?')
    .get(id, worker, lane) as LaneRow | undefined
  if (last && seq < last.seq) throw new StaleCallError(call.queue, worker, seq)
  if (last?.seq === seq) return replay(queue, worker, JSON.parse(last.answer) as Answer)
  const verdicts = record(queue, worker, outcomes)
  const { tasks, isSatisfied } = claim(queue, worker, max)
  const answer: Answer = { verdicts, claimed: tasks.map((row) => [row.seq, row.fence]) }
  store
    .sql('INSERT OR REPLACE INTO lane (queue, worker, lane, seq, answer) VALUES (?, ?, ?, ?, ?)')
    .run(id, worker, lane, seq, JSON.stringify(answer))
  queue.prune(2 * outcomes.length)
  const nextDue = queue.nextDue()
  if (isSatisfied) store.sql('DELETE FROM idle WHERE queue = ? AND worker = ?').run(id, worker)
  else {
    // The latest to become idle is woken last.
    const sql = `INSERT INTO idle (queue, worker, due) VALUES (?, ?, ?)
      ON CONFLICT (queue, worker) DO UPDATE SET due = excluded.due`
    store.sql(sql).run(id, worker, nextDue === null ? null : queue.now + nextDue)
  }
  return reply(queue, verdicts, tasks.map(claimedOf), nextDue)
}

/** The answer that was given: what it claimed is still there, but for what was revoked since. */
function replay(queue: QueueTransaction, worker: string, { verdicts, claimed }: Answer): SettleReply {
  const find = queue.store.sql('SELECT * FROM task WHERE seq = ? AND fence = ? AND worker = ? AND state = 2')
  const rows = claimed.map(([seq, fence]) => find.get(seq, fence, worker) as TaskRow | undefined)
  const tasks = rows.filter((row) => row !== undefined).map(claimedOf)
  return reply(queue, verdicts, tasks, queue.nextDue())
}

function reply(
  { paused, listened: listeners }: QueueTransaction,
  verdicts: readonly Verdict[],
  tasks: readonly ClaimedTask[],
  nextDue: number | null,
): SettleReply {
  return { verdicts, tasks, nextDue, paused, listeners }
}

function record(queue: QueueTransaction, worker: string, outcomes: readonly Outcome[]): Verdict[] {
  const returned: { row: TaskRow; delay: number }[] = []
  const verdicts = outcomes.map((outcome): Verdict => {
    const row = queue.find(outcome.id)
    if (!row) return 'unknown'
    if (row.state !== STATE.held || row.fence !== outcome.fence || row.worker !== worker) {
      return row.settled === outcome.fence && row.fence === outcome.fence ? 'recorded' : 'stale'
    }
    if (outcome.kind === 'done') queue.end(row, outcome.status, outcome.outcome, outcome.ttl, outcome.fence)
    else if (outcome.kind === 'retry') queue.retry(row, outcome.delay, outcome.outcome)
    else returned.push({ row, delay: outcome.delay })
    return 'recorded'
  })
  for (const { row, delay } of returned.reverse()) {
    // Unless the same call said something else of it, too.
    if (returned.length < outcomes.length && queue.find(row.id)?.state !== STATE.held) continue
    queue.putBack(row, { delay, runs: row.runs - 1, crashes: row.crashes, suspect: row.suspect })
    queue.count('returned')
  }
  return verdicts
}

/** @returns the tasks, and whether the worker waits for no more: it has its fill, or a suspect is in its way */
function claim(queue: QueueTransaction, worker: string, max: number): { tasks: TaskRow[]; isSatisfied: boolean } {
  if (max <= 0) return { tasks: [], isSatisfied: true }
  queue.promote()
  if (queue.paused) return { tasks: [], isSatisfied: false }
  const { rows, isBlocked } = candidates(queue, worker, max)
  const lease = queue.store.sql(
    'UPDATE task SET state = 2, status = ?, worker = ?, fence = ?, runs = runs + 1, started_at = ? WHERE seq = ?',
  )
  const tasks = rows.map((row) => {
    const fence = queue.nextFence()
    lease.run(STARTED, worker, fence, queue.now, row.seq)
    return { ...row, worker, fence, runs: row.runs + 1, started_at: queue.now, status: STARTED }
  })
  return { tasks, isSatisfied: isBlocked || tasks.length === max }
}
