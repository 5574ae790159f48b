import type { TaskHeader, TaskRecord } from '../../../model/task-record.js'
import type { TaskState } from '../../../model/task-state.js'
import { FAILURE, QUEUED, RETRY, STARTED } from '../../../model/task-state.js'
import type { ClaimedTask } from '../../broker.js'
import { NOTICE_BYTES } from '../../policy.js'
import { frame } from './frames.js'

const NEW_LINE = 0x0a

/** Header line of a live task, and of a record. */
const LIVE = /^\d+,\d,\d+,\d*,\d+,\d+,\d+,/
const FINISHED = /^\d+,\d,\d+,\d+,\d+,\d+,\d+,\d+,\d+,\d+,\d+,/

/**
 * The fields of a value's header line, and the position of its body. A value that cannot be read is all body, as in
 * `task.lua`; decoding it then gives the error.
 */
function headOf(value: Buffer, form: RegExp): { readonly fields: string[]; readonly start: number } {
  const end = value.indexOf(NEW_LINE)
  const line = value.toString('utf8', 0, Math.max(0, end))
  if (form.test(line)) return { fields: line.split(','), start: end + 1 }
  const length = String(value.length)
  const fields = form === LIVE ? ['0', '4', '0', '', '0', '0', length] : [...UNREADABLE_RECORD, length, '0', '0', '']
  return { fields, start: 0 }
}

/** status FAILURE, priority, runs, crashes, queuedAt, dueAt, startedAt, endedAt */
const UNREADABLE_RECORD = [String(FAILURE), '4', '0', '0', '0', '0', '0', '0']

function orNull(part: Buffer): Uint8Array | null {
  return part.length === 0 ? null : part
}

/** A live task as its claim returns it. */
export function claimedOf(id: string, value: Buffer, fence: number, claimedAt: number): ClaimedTask {
  const { fields, start } = headOf(value, LIVE)
  const [, priority, queuedAt, dueAt, runs, crashes, length] = fields.map(Number)
  return {
    id,
    fence,
    run: (runs ?? 0) + 1,
    crashes: crashes ?? 0,
    priority: priority ?? 0,
    queuedAt: queuedAt ?? 0,
    // Empty where it equals queuedAt.
    dueAt: fields[3] === '' ? (queuedAt ?? 0) : (dueAt ?? 0),
    claimedAt,
    body: value.subarray(start, start + (length ?? 0)),
  }
}

/** Reads a row of `held` as `held.lua` does: one that cannot be read is that of no worker. */
export function readHeld(row: string): { readonly fence: number; readonly claimedAt: number; readonly worker: string } {
  const [, fence = '0', claimedAt = '0', worker = ''] = /^(\d+),(\d+),(.*)$/s.exec(row) ?? []
  return { fence: Number(fence), claimedAt: Number(claimedAt), worker }
}

/** A live task with its row of `held` (empty: it waits) and its progress. */
export function liveRecord(queue: string, id: string, value: Buffer, held: Buffer, progress: Buffer): TaskRecord {
  const { fields, start } = headOf(value, LIVE)
  const [, priority = 0, queuedAt = 0, dueAt = 0, runs = 0, crashes = 0, length = 0] = fields.slice(0, 7).map(Number)
  const holder = held.length > 0 ? readHeld(held.toString()) : null
  const header: TaskHeader = {
    id,
    queue,
    priority,
    queuedAt,
    dueAt: fields[3] === '' ? queuedAt : dueAt,
    crashes,
    status: holder ? STARTED : runs > 0 ? RETRY : QUEUED,
    runs: holder ? runs + 1 : runs,
    startedAt: holder?.claimedAt ?? 0,
    endedAt: 0,
    worker: holder === null || holder.worker === '' ? null : holder.worker,
  }
  const outcome = value.subarray(start + length)
  return { header, body: value.subarray(start, start + length), outcome: orNull(outcome), progress: orNull(progress) }
}

/** A finished task: the record that scripts store and send. */
export function recordOf(queue: string, id: string, value: Buffer): TaskRecord {
  const { fields, start } = headOf(value, FINISHED)
  const numbers = fields.slice(0, 11).map(Number)
  const [status = 0, priority = 0, runs = 0, crashes = 0, queuedAt = 0, dueAt = 0, startedAt = 0, endedAt = 0] = numbers
  const [bodyLength = 0, outcomeLength = 0] = numbers.slice(8)
  const worker = fields.slice(11).join(',')
  const outcomeStart = start + bodyLength
  const progressStart = outcomeStart + outcomeLength
  const header: TaskHeader = {
    id,
    queue,
    status: status as TaskState,
    priority,
    runs,
    crashes,
    queuedAt,
    dueAt,
    startedAt,
    endedAt,
    worker: worker === '' ? null : worker,
  }
  return {
    header,
    body: value.subarray(start, outcomeStart),
    outcome: orNull(value.subarray(outcomeStart, progressStart)),
    progress: orNull(value.subarray(progressStart)),
  }
}

/** Bytes of body and outcome that a record was sent without: its header line came alone. 0: the record is whole. */
export function missingBytes(value: Buffer): number {
  const { fields, start } = headOf(value, FINISHED)
  const length = Number(fields[8]) + Number(fields[9])
  return value.length - start < length ? length : 0
}

/** A message that announces tasks, written as `events.lua` writes it. */
export function announcement(event: string, records: readonly TaskRecord[]): Buffer {
  let room = NOTICE_BYTES
  const parts = records.flatMap((record) => {
    const { queue, id } = record.header
    const whole = written(record)
    const sent = whole.length > room ? whole.subarray(0, whole.indexOf(NEW_LINE) + 1) : whole
    room -= sent.length
    return [event, queue, id, sent]
  })
  return frame(parts)
}

/** The first numbers of a record's header line, in order. */
const NUMBERS = ['status', 'priority', 'runs', 'crashes', 'queuedAt', 'dueAt', 'startedAt', 'endedAt'] as const

function written({ header, body, outcome, progress }: TaskRecord): Buffer {
  const numbers = [...NUMBERS.map((name) => header[name]), body.length, outcome?.length ?? 0, 0]
  const empty = new Uint8Array()
  return Buffer.concat([
    Buffer.from(`${numbers.join(',')},${header.worker ?? ''}\n`),
    body,
    outcome ?? empty,
    progress ?? empty,
  ])
}
