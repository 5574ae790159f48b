import { LeaseLostError, StaleCallError } from '../../../errors.js'
import type { ClaimedTask, LaneCall, Settlement, SettleReply, Verdict } from '../../broker.js'
import { STARTED } from '../../../model/task-state.js'
import { candidates } from '../tables/select-ready.js'
import { isLeased } from '../tables/leases.js'
import type { QueueTransaction } from '../tables/queue-transaction.js'
import { STATE } from '../database/schema.js'
import type { HeldRow, TaskRow } from '../tables/task-rows.js'
import { claimedOf, HELD_COLUMNS } from '../tables/task-rows.js'

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
  outcomes: readonly Settlement[],
  max: number,
): SettleReply {
  const { store, id } = queue
  const { worker, lane, seq } = call
  if (!isLeased(store, queue.leaseKey, worker)) throw new LeaseLostError(call.queue, worker)
  const last = store.queue
    .sql('SELECT seq, answer FROM lane WHERE queue = ? AND worker = ? AND lane = ?')
    .get(id, worker, lane) as LaneRow | undefined
  if (last && seq < last.seq) throw new StaleCallError(call.queue, worker, seq)
  if (last?.seq === seq) return replay(queue, worker, JSON.parse(last.answer) as Answer)
  const verdicts = record(queue, worker, outcomes)
  const { tasks, claimed, isSatisfied } = claim(queue, worker, max)
  const answer: Answer = { verdicts, claimed }
  store.queue
    .sql('INSERT OR REPLACE INTO lane (queue, worker, lane, seq, answer) VALUES (?, ?, ?, ?, ?)')
    .run(id, worker, lane, seq, JSON.stringify(answer))
  queue.prune(2 * outcomes.length)
  const nextDue = queue.nextDue()
  if (isSatisfied) store.queue.sql('DELETE FROM idle WHERE queue = ? AND worker = ?').run(id, worker)
  else {
    // The latest to become idle is woken last.
    const sql = `INSERT INTO idle (queue, worker, since, due) VALUES (?, ?, ?, ?)
      ON CONFLICT (queue, worker) DO UPDATE SET due = excluded.due`
    store.queue.sql(sql).run(id, worker, queue.now, nextDue === null ? null : queue.now + nextDue)
  }
  return reply(queue, verdicts, tasks, nextDue)
}

/** The answer that was given: what it claimed is still there, but for what was revoked since. */
function replay(queue: QueueTransaction, worker: string, { verdicts, claimed }: Answer): SettleReply {
  const find = queue.store.queue.sql(
    `SELECT ${HELD_COLUMNS} FROM task WHERE seq = ? AND fence = ? AND worker = ? AND state = 2`,
  )
  const rows = claimed.map(([seq, fence]) => find.get(seq, fence, worker) as HeldRow | undefined)
  const tasks = rows
    .filter((row) => row !== undefined)
    .map((row) => claimedOf(row, row.runs, row.fence, row.started_at))
  return reply(queue, verdicts, tasks, queue.nextDue())
}

function reply(
  { paused, listened: hasListeners }: QueueTransaction,
  verdicts: readonly Verdict[],
  tasks: readonly ClaimedTask[],
  nextDue: number | null,
): SettleReply {
  return { verdicts, tasks, nextDue, paused, hasListeners }
}

function record(queue: QueueTransaction, worker: string, outcomes: readonly Settlement[]): Verdict[] {
  const returned: { row: TaskRow; delay: number }[] = []
  const verdicts = outcomes.map((outcome): Verdict => {
    if (outcome.kind === 'done' && queue.endHeld(outcome, worker)) return 'recorded'
    const row = queue.find(outcome.id)
    if (!row) return 'unknown'
    if (row.state !== STATE.held || row.fence !== outcome.fence || row.worker !== worker) {
      // Of a live task it was another outcome that counted under that fence, unless both say that it is to run again.
      const isOver = row.state === STATE.done || outcome.kind !== 'done'
      return isOver && row.settled === outcome.fence && row.fence === outcome.fence ? 'recorded' : 'stale'
    }
    if (outcome.kind === 'retry') queue.retry(row, outcome.delay, outcome.outcome)
    else if (outcome.kind === 'release') returned.push({ row, delay: outcome.delay })
    return 'recorded'
  })
  for (const { row, delay } of returned.reverse()) {
    // Unless the same call said something else of it, too.
    if (returned.length < outcomes.length && queue.find(row.id)?.state !== STATE.held) continue
    queue.putBack(row, { delay, runs: row.runs - 1, crashes: row.crashes, suspect: row.suspect })
    queue.count('released')
  }
  return verdicts
}

interface Claim {
  readonly tasks: readonly ClaimedTask[]
  readonly claimed: Answer['claimed']
  /** Whether the worker waits for no more: it has its fill, or a suspect is in its way. */
  readonly isSatisfied: boolean
}

function claim(queue: QueueTransaction, worker: string, max: number): Claim {
  if (max <= 0) return { tasks: [], claimed: [], isSatisfied: true }
  queue.makeDueReady()
  if (queue.paused) return { tasks: [], claimed: [], isSatisfied: false }
  const { rows, isBlocked } = candidates(queue, worker, max)
  const lease = queue.store.queue.sql(
    'UPDATE task SET state = 2, status = ?, worker = ?, fence = ?, runs = ?, started_at = ? WHERE seq = ?',
  )
  const tasks: ClaimedTask[] = []
  const claimed: [number, number][] = []
  for (const row of rows) {
    const fence = queue.nextFence()
    lease.run(STARTED, worker, fence, row.runs + 1, queue.now, row.seq)
    tasks.push(claimedOf(row, row.runs + 1, fence, queue.now))
    claimed.push([row.seq, fence])
  }
  return { tasks, claimed, isSatisfied: isBlocked || tasks.length === max }
}
