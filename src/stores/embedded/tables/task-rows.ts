import type { Attempt, TaskRecord } from '../../../model/task-record.js'
import type { TaskState } from '../../../model/task-state.js'
import { QUEUED, RETRY, STARTED } from '../../../model/task-state.js'
import type { Encoded } from '../../../model/encoded.js'
import { toBytes } from '../../../model/encoded.js'
import type { ClaimedTask } from '../../broker.js'
import { STATE } from '../database/schema.js'
import { checkWithin, FEW, UnreadableRowError } from './unreadable.js'

/** A row of `task`, with the batch in which it is held; null: it is not held. */
export interface TaskRow {
  readonly seq: number
  readonly queue: number
  readonly id: string
  readonly state: number
  readonly status: number | null
  readonly priority: number
  readonly job: string
  readonly tags: string | null
  readonly queued_at: number
  readonly due: number | null
  readonly runs: number
  readonly crashes: number
  readonly suspect: number
  readonly place: number | null
  readonly started_at: number
  readonly ended_at: number
  readonly expires_at: number
  readonly settled: number
  readonly worker: string | null
  readonly inboxes: string | null
  readonly refs: string | null
  readonly attempts: string | null
  readonly progress: string | Uint8Array | null
  readonly outcome: string | Uint8Array | null
  readonly body: string | Uint8Array
  /** The worker that holds the task. */
  readonly holder: string | null
  /** The fence of its claim. */
  readonly fence: number | null
  readonly held_at: number | null
}

/** Selects a {@link TaskRow} from `task AS t`: one statement, so that row and batch are of one moment. */
export const SELECT_TASK = `SELECT t.*, b.worker AS holder, t.seq + b.offset AS fence, b.at AS held_at
  FROM task AS t LEFT JOIN batch AS b ON t.state = 2 AND b.last >= t.seq
  AND b.first = (SELECT first FROM batch WHERE first <= t.seq ORDER BY first DESC LIMIT 1)`

/** The columns of a row in a list: without its body, and without an outcome that is long. */
export const LISTED = `t.seq, t.queue, t.id, t.state, t.status, t.priority, t.job, t.tags, t.queued_at, t.due, t.runs,
  t.crashes, t.suspect, t.place, t.started_at, t.ended_at, t.expires_at, t.settled, t.worker, NULL AS inboxes,
  t.refs, NULL AS attempts, NULL AS progress, iif(length(t.outcome) <= 16384, t.outcome, NULL) AS outcome, '' AS body`

/** Selects a {@link TaskRow} of a task that is not held from `task AS t`. */
export const SELECT_LISTED = `SELECT ${LISTED}, NULL AS holder, NULL AS fence, NULL AS held_at FROM task AS t`

/** An encoded value as it is stored. Text stays text, which is quicker, unless it has a NUL: SQLite's text ends there. */
export function stored(value: Encoded): Encoded {
  return typeof value === 'string' && value.includes('\0') ? Buffer.from(value) : value
}

/** The record of a row, as the contract has it. */
export function recordOf(row: TaskRow, queue: string): TaskRecord {
  const isHeld = row.holder !== null
  const record: TaskRecord = {
    header: {
      id: row.id,
      queue,
      job: row.job,
      tags: tagsOf(row),
      status: statusOf(row),
      priority: row.priority,
      runs: isHeld ? row.runs + 1 : row.runs,
      crashes: row.crashes,
      queuedAt: row.queued_at,
      dueAt: row.due ?? row.queued_at,
      startedAt: row.held_at ?? row.started_at,
      endedAt: row.ended_at,
      worker: row.holder ?? row.worker,
      ...(row.state !== STATE.done && unknownSinceOf(row)),
    },
    body: row.body,
    outcome: row.outcome,
    progress: row.progress,
  }
  return row.attempts === null ? record : { ...record, attempts: attemptsOf(row) }
}

function statusOf({ state, status, holder, runs }: TaskRow): TaskState {
  if (state === STATE.done) return status as TaskState
  if (holder !== null) return STARTED
  return runs > 0 ? RETRY : QUEUED
}

/** The attempts of a row. */
export function attemptsOf({ attempts }: Pick<TaskRow, 'attempts'>): readonly Attempt[] {
  return listOf(attempts) as readonly Attempt[]
}

/** Members of a ready row that nearly every one has no value for. */
type RareMembers = Pick<TaskRow, 'tags' | 'place' | 'due' | 'runs' | 'crashes' | 'suspect' | 'refs'>

/** The members of a ready row that a claim needs. */
export type ReadyRow = Pick<TaskRow, 'seq' | 'id' | 'job' | 'priority' | 'queued_at' | 'inboxes' | 'body'> & RareMembers

/** Each column of a row costs as much to read as a tenth of the row. So the rare ones are one column, NULL where all have no value. */
export const READY_COLUMNS = `seq, id, job, priority, queued_at, inboxes, body,
  iif(runs = 0 AND crashes = 0 AND suspect = 0 AND coalesce(tags, place, due, refs) IS NULL, NULL,
  json_array(tags, place, due, runs, crashes, suspect, refs))`
export type ReadyColumns = readonly [
  seq: number,
  id: string,
  job: string,
  priority: number,
  queued_at: number,
  inboxes: string | null,
  body: string | Uint8Array,
  rare: string | null,
]

const NO_RARE: RareMembers = { tags: null, place: null, due: null, runs: 0, crashes: 0, suspect: 0, refs: null }

export function readyRow([seq, id, job, priority, queued_at, inboxes, body, rare]: ReadyColumns): ReadyRow {
  const { tags, place, due, runs, crashes, suspect, refs } = rare === null ? NO_RARE : rareMembers(rare)
  return { seq, id, job, tags, priority, place, due, queued_at, runs, crashes, suspect, inboxes, refs, body }
}

/** @throws {@link UnreadableRowError} */
function rareMembers(json: string): RareMembers {
  const [tags, place, due, runs, crashes, suspect, refs] = JSON.parse(json) as [
    tags: string | null,
    place: number | null,
    due: number | null,
    runs: number,
    crashes: number,
    suspect: number,
    refs: string | null,
  ]
  for (const number of [place, due, runs, crashes, suspect]) {
    if (number !== null && !Number.isSafeInteger(number)) throw new UnreadableRowError(json)
  }
  checkWithin(runs, FEW)
  checkWithin(crashes, FEW)
  return { tags, place, due, runs, crashes, suspect, refs }
}

/** The note that a claimed task carries: where its row is, and who awaits its end as far as the claim has seen. */
export interface ClaimNote {
  readonly seq: number
  readonly inboxes: string | null
}

/** The note of a task that this engine has claimed; null for any other. */
export function noteOf({ claim }: ClaimedTask): ClaimNote | null {
  return typeof claim === 'object' && claim !== null && 'seq' in claim ? (claim as ClaimNote) : null
}

/** The claimed task of a row, as the contract has it. */
export function claimedOf(row: ReadyRow, fence: number, claimedAt: number): ClaimedTask {
  const claim: ClaimNote = { seq: row.seq, inboxes: row.inboxes }
  const task = {
    id: row.id,
    job: row.job,
    tags: tagsOf(row),
    fence,
    run: row.runs + 1,
    crashes: row.crashes,
    priority: row.priority,
    queuedAt: row.queued_at,
    dueAt: row.due ?? row.queued_at,
    claimedAt,
    body: row.body,
    claim,
  }
  return row.refs === null ? task : { ...task, ...unknownSinceOf(row) }
}

function unknownSinceOf({ refs }: Pick<TaskRow, 'refs'>): Pick<ClaimedTask, 'unknownSince'> {
  const since = /^u(\d+)$/.exec(refs ?? '')
  return since ? { unknownSince: Number(since[1]) } : {}
}

function tagsOf({ tags }: Pick<TaskRow, 'tags'>): readonly string[] {
  return listOf(tags) as readonly string[]
}

/** A list that is stored as JSON. What another program has written, and cannot be read, is an empty one. */
function listOf(json: string | null): readonly unknown[] {
  if (json === null) return []
  try {
    const list: unknown = JSON.parse(json)
    return Array.isArray(list) ? list : []
  } catch {
    return []
  }
}

/** Whether a stored value is the given one. */
export function isSame(stored: string | Uint8Array | number | null, given: string | Uint8Array): boolean {
  // Another program may have written a number.
  if (typeof stored === 'number') return false
  return stored !== null && Buffer.compare(toBytes(stored), toBytes(given)) === 0
}
