import type { TaskRecord } from '../../../model/task-record.js'
import type { TaskState } from '../../../model/task-state.js'
import type { Encoded } from '../../../model/encoded.js'
import { toBytes } from '../../../model/encoded.js'
import type { ClaimedTask } from '../../broker.js'

/** A row of `task`. */
export interface TaskRow {
  readonly seq: number
  readonly queue: number
  readonly id: string
  readonly job: string
  readonly tags: string
  readonly state: number
  readonly status: number
  readonly priority: number
  readonly position: number
  readonly due: number
  readonly body: string | Uint8Array
  readonly queued_at: number
  readonly runs: number
  readonly crashes: number
  readonly suspect: number
  readonly started_at: number
  readonly ended_at: number
  readonly expires_at: number
  readonly worker: string | null
  readonly fence: number
  readonly settled: number
  readonly outcome: string | Uint8Array | null
  readonly progress: string | Uint8Array | null
  readonly inboxes: string | null
}

/** An encoded value as it is stored. Text stays text, which is quicker, unless it has a NUL: SQLite's text ends there. */
export function stored(value: Encoded): Encoded {
  return typeof value === 'string' && value.includes('\0') ? Buffer.from(value) : value
}

/** The record of a row, as the contract has it. */
export function recordOf(row: TaskRow, queue: string): TaskRecord {
  return {
    header: {
      id: row.id,
      queue,
      job: row.job,
      tags: tagsOf(row),
      status: row.status as TaskState,
      priority: row.priority,
      runs: row.runs,
      crashes: row.crashes,
      queuedAt: row.queued_at,
      dueAt: row.due,
      startedAt: row.started_at,
      endedAt: row.ended_at,
      worker: row.worker,
    },
    body: toBytes(row.body),
    outcome: row.outcome === null ? null : toBytes(row.outcome),
    progress: row.progress === null ? null : toBytes(row.progress),
  }
}

/** The columns of a ready row that a claim needs: each column costs time to read. */
export type ReadyRow = Pick<
  TaskRow,
  'seq' | 'id' | 'job' | 'tags' | 'priority' | 'position' | 'due' | 'queued_at' | 'runs' | 'crashes' | 'body'
>
export const READY_COLUMNS = 'seq, id, job, tags, priority, position, due, queued_at, runs, crashes, body'

/** The columns of a held row. `runs` counts the present run. */
export type HeldRow = ReadyRow & Pick<TaskRow, 'fence' | 'started_at'>
export const HELD_COLUMNS = `${READY_COLUMNS}, fence, started_at`

/** The claimed task of a row, as the contract has it. */
export function claimedOf(row: ReadyRow, run: number, fence: number, claimedAt: number): ClaimedTask {
  return {
    id: row.id,
    job: row.job,
    tags: tagsOf(row),
    fence,
    run,
    crashes: row.crashes,
    priority: row.priority,
    queuedAt: row.queued_at,
    dueAt: row.due,
    claimedAt,
    body: toBytes(row.body),
  }
}

function tagsOf({ tags }: Pick<TaskRow, 'tags'>): readonly string[] {
  return tags === '' ? [] : (JSON.parse(tags) as string[])
}

/** Whether a stored value is the given one. */
export function isSame(stored: string | Uint8Array | null, given: string | Uint8Array): boolean {
  return stored !== null && Buffer.compare(toBytes(stored), toBytes(given)) === 0
}
