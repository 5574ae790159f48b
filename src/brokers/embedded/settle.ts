import { LeaseLostError, StaleCallError } from '../../errors.js'
import type { ClaimedTask, LaneCall, Outcome, SettleReply, Verdict } from '../broker.js'
import { STARTED } from '../../model/task-state.js'
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

/** A suspect that has waited this long gets a worker for itself, ms. */
const SUSPECT_PATIENCE = 2_000

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
  const { store } = queue
  if (!isLeased(store, queue.name, call.worker)) throw new LeaseLostError(call.queue, call.worker)
  const last = store
    .sql('SELECT seq, answer FROM lane WHERE queue = ? AND worker = ? AND lane = ?')
    .get(queue.id, call.worker, call.lane) as LaneRow | undefined
  if (last && call.seq < last.seq) throw new StaleCallError(call.queue, call.worker, call.seq)
  if (last?.seq === call.seq) return replay(queue, call, JSON.parse(last.answer) as Answer)
  const verdicts = record(queue, call.worker, outcomes)
  queue.promote()
  const tasks = claim(queue, call.worker, max)
  const answer: Answer = { verdicts, claimed: tasks.map(({ seq, fence }) => [seq, fence]) }
  store
    .sql('INSERT OR REPLACE INTO lane (queue, worker, lane, seq, answer) VALUES (?, ?, ?, ?, ?)')
    .run(queue.id, call.worker, call.lane, call.seq, JSON.stringify(answer))
  if (max > tasks.length) {
    // The latest to become idle is woken last.
    store.sql('INSERT OR IGNORE INTO idle (queue, worker) VALUES (?, ?)').run(queue.id, call.worker)
  } else store.sql('DELETE FROM idle WHERE queue = ? AND worker = ?').run(queue.id, call.worker)
  return reply(queue, verdicts, tasks.map(claimedOf))
}

/** The answer that was given: what it claimed is still there, but for what was revoked since. */
function replay(queue: QueueTransaction, { worker }: LaneCall, { verdicts, claimed }: Answer): SettleReply {
  const find = queue.store.sql('SELECT * FROM task WHERE seq = ? AND fence = ? AND worker = ? AND state = 2')
  const rows = claimed.map(([seq, fence]) => find.get(seq, fence, worker) as TaskRow | undefined)
  return reply(queue, verdicts, rows.filter((row) => row !== undefined).map(claimedOf))
}

function reply(queue: QueueTransaction, verdicts: readonly Verdict[], tasks: readonly ClaimedTask[]): SettleReply {
  return { verdicts, tasks, nextDue: queue.nextDue(), paused: queue.paused, listeners: queue.listened }
}

function record(queue: QueueTransaction, worker: string, outcomes: readonly Outcome[]): Verdict[] {
  const verdicts = new Array<Verdict>(outcomes.length)
  const returned: { row: TaskRow; delay: number }[] = []
  outcomes.forEach((outcome, i) => {
    const row = queue.find(outcome.id)
    const held = row?.state === STATE.held && row.fence === outcome.fence && row.worker === worker
    if (!row || !held) {
      verdicts[i] = row
        ? row.settled === outcome.fence && row.fence === outcome.fence
          ? 'recorded'
          : 'stale'
        : 'unknown'
      return
    }
    verdicts[i] = 'recorded'
    if (outcome.kind === 'done') queue.end(row, outcome.status, outcome.outcome, outcome.ttl, outcome.fence)
    else if (outcome.kind === 'retry') queue.retry(row, outcome.delay, outcome.outcome)
    else returned.push({ row, delay: outcome.delay })
  })
  for (const { row, delay } of returned.reverse()) {
    queue.putBack(row, { delay, runs: row.runs - 1, crashes: row.crashes, suspect: row.suspect })
    queue.count('returned')
  }
  return verdicts
}

function claim(queue: QueueTransaction, worker: string, max: number): TaskRow[] {
  if (queue.paused || max <= 0) return []
  const rows = candidates(queue, worker, max)
  const lease = queue.store.sql(
    'UPDATE task SET state = 2, status = ?, worker = ?, fence = ?, runs = runs + 1, started_at = ? WHERE seq = ?',
  )
  return rows.map((row) => {
    const fence = queue.nextFence()
    lease.run(STARTED, worker, fence, queue.now, row.seq)
    return { ...row, worker, fence, runs: row.runs + 1, started_at: queue.now, status: STARTED }
  })
}

/** The tasks to hand out, in order. A suspect goes alone to a worker that holds nothing. */
function candidates(queue: QueueTransaction, worker: string, max: number): TaskRow[] {
  const { store, id } = queue
  const first = store
    .sql('SELECT * FROM task WHERE queue = ? AND state = 0 ORDER BY priority DESC, place LIMIT 1')
    .get(id) as TaskRow | undefined
  if (!first) return []
  const held = store
    .sql('SELECT count(*) AS count, max(suspect) AS suspect FROM task WHERE queue = ? AND worker = ? AND state = 2')
    .get(id, worker) as { count: number; suspect: number | null }
  if (held.suspect === 1) return []
  if (first.suspect === 1) {
    if (held.count === 0) return [first]
    // Else a suspect would wait for ever where no worker is ever empty.
    if (queue.now - first.started_at > SUSPECT_PATIENCE) return []
  }
  return store
    .sql('SELECT * FROM task WHERE queue = ? AND state = 0 AND suspect = 0 ORDER BY priority DESC, place LIMIT ?')
    .all(id, max) as unknown as TaskRow[]
}
