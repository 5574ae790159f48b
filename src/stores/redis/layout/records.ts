import type { Encoded } from '../../../model/encoded.js'
import type { Attempt, TaskHeader, TaskRecord } from '../../../model/task-record.js'
import type { TaskState } from '../../../model/task-state.js'
import { FAILURE, QUEUED, RETRY, STARTED } from '../../../model/task-state.js'
import type { ClaimedTask, DoneSettlement } from '../../broker.js'
import { APART_BYTES } from '../../policy.js'
import type { Bytes } from './bytes.js'
import { bytesOf, bytesOfEncoded, encodedOf, inOnePiece, NONE, textOf } from './bytes.js'
import type { EndedHead } from './ended-head.js'
import { endedHead } from './ended-head.js'
import { escaped } from './escaped.js'
import type { LiveTask } from './live-task.js'
import { bodyEndOf, liveTask } from './live-task.js'
import { pack, packLength, PackedReader } from './packed.js'

/** What the tasks of one claim have in common. */
export interface ClaimedBatch {
  /** That of its first task. */
  readonly fence: number
  /** Number of its tasks. */
  readonly size: number
  readonly claimedAt: number
  /** Both numbers as the store wrote them: to write one of that size takes a µs. */
  readonly fenceText: Bytes
  readonly claimedAtText: Bytes
  /** When the reply to the claim was read, by `performance.now()`. */
  readonly receivedAt: number
}

/** Where a task is held, and what the store said of it at the claim. */
export interface ClaimNote {
  readonly id: string
  readonly batch: ClaimedBatch
  /** Place of the task in the batch, from 1. */
  readonly place: number
  readonly value: Bytes
  /** What the value says: it is parsed once. */
  readonly live: LiveTask
  /**
   * Time from the claim to the end, ms, as it was settled first; -1: it was not. A store that has forgotten the end gets the same one once
   * more.
   */
  took: number
}

/** The note of a claim, unless the task is not as it was claimed. */
export function claimNote({ id, fence, claim }: ClaimedTask): ClaimNote | null {
  const note = claim as ClaimNote | undefined
  return note?.id === id && note.batch.fence + note.place - 1 === fence ? note : null
}

/** A task as its claim returns it. @param live - what the value says */
export function claimedTask(
  id: string,
  value: Bytes,
  batch: ClaimedBatch,
  place: number,
  live = liveTask(value),
): ClaimedTask {
  const claim: ClaimNote = { id, batch, place, value, live, took: -1 }
  const task = {
    id,
    job: live.job,
    tags: live.tags,
    fence: batch.fence + place - 1,
    run: live.runs + 1,
    crashes: live.crashes,
    priority: live.priority,
    queuedAt: live.queuedAt,
    dueAt: live.dueAt,
    claimedAt: batch.claimedAt,
    body: encodedOf(value.substring(live.bodyStart, bodyEndOf(value, live)) as Bytes),
    claim,
  }
  return live.unknownSince === null ? task : { ...task, unknownSince: live.unknownSince }
}

/** What a look-up finds of a live task beside its value. */
export interface LiveDetails {
  /** The worker that holds it, and since when; null: none. */
  readonly holder: { readonly worker: string; readonly claimedAt: number } | null
  readonly progress: Bytes
  readonly attempts: Bytes
}

const WAITING: LiveDetails = { holder: null, progress: NONE, attempts: NONE }

export function liveRecord(queue: string, id: string, value: Bytes, details: LiveDetails = WAITING): TaskRecord {
  const task = liveTask(value)
  const { holder, progress, attempts } = details
  const header: TaskHeader = {
    id,
    queue,
    job: task.job,
    tags: task.tags,
    priority: task.priority,
    queuedAt: task.queuedAt,
    dueAt: task.dueAt,
    crashes: task.crashes,
    status: holder ? STARTED : task.runs > 0 ? RETRY : QUEUED,
    runs: holder ? task.runs + 1 : task.runs,
    startedAt: holder?.claimedAt ?? 0,
    endedAt: 0,
    worker: holder === null || holder.worker === '' ? null : holder.worker,
    ...(task.unknownSince !== null && { unknownSince: task.unknownSince }),
  }
  const bodyEnd = bodyEndOf(value, task)
  const body = value.substring(task.bodyStart, bodyEnd) as Bytes
  return recordWith(header, body, value.substring(bodyEnd) as Bytes, progress, attempts)
}

/** A finished task, from its whole record. */
export function recordOf(queue: string, id: string, record: Bytes): TaskRecord {
  const head = endedHead(record)
  if (head === null) {
    return recordOf(queue, id, recordHead(FAILURE, '0', 0, '0', record, NONE, NONE).concat(record) as Bytes)
  }
  const liveEnd = head.length + head.liveLength
  const value = record.substring(head.length, liveEnd) as Bytes
  const task = liveTask(value)
  const body = value.substring(task.bodyStart, bodyEndOf(value, task)) as Bytes
  return endedRecord(queue, id, head, task, body, record, liveEnd)
}

/** @param end - where the outcome begins in the record */
export function endedRecord(
  queue: string,
  id: string,
  head: Omit<EndedHead, 'length'>,
  task: LiveTask,
  body: Bytes,
  record: Bytes,
  end: number,
): TaskRecord {
  const { claimedAt, took, outcomeLength, worker } = head
  const status = head.status as TaskState
  const outcomeEnd = end + outcomeLength
  const header: TaskHeader = {
    id,
    queue,
    job: task.job,
    tags: task.tags,
    priority: task.priority,
    queuedAt: task.queuedAt,
    dueAt: task.dueAt,
    crashes: task.crashes,
    status,
    runs: claimedAt > 0 ? task.runs + 1 : task.runs,
    startedAt: claimedAt,
    endedAt: status === STARTED ? 0 : claimedAt + took,
    worker,
  }
  const [progress = NONE, attempts = NONE] = parts(record.substring(outcomeEnd) as Bytes)
  return recordWith(header, body, record.substring(end, outcomeEnd) as Bytes, progress, attempts)
}

/** What records that are written together begin with, and keep in a field of its own: see `records.lua`. */
export interface SharedBegin {
  readonly field: Bytes
  readonly text: Bytes
  /** Length of the begin of the live tasks in it. */
  readonly length: number
}

/** An empty element of a frame. */
const EMPTY = packLength(0)

/**
 * Writes the records of one batch's tasks whose runs have ended: all of a record but progress and attempts, which scripts add. The first
 * lines of like tasks are the same, and are written once: to write a number above 2^31 takes longer than all else of a record, and each
 * piece of a text costs as much as a call.
 *
 * No record has a number of its own, such as the fence of its task. Lua keeps each text once, and finds it by a hash that takes every
 * fifth character or so of a text of this length. Texts that differ in a few digits mostly have the same hash, and each of them is compared
 * with all others.
 */
export class EndWriter {
  /** What stands before the live task: the first line of the record, behind its length where it is within a frame. */
  #head = ''
  /** Length of a record. */
  #length = 0
  #status = -1
  #took = -1
  #liveLength = -1
  #outcomeLength = -1

  /**
   * @param worker - as `escaped` makes it
   * @param now - by `performance.now()`
   * @param shared - null: each record is whole
   */
  constructor(
    private readonly batch: ClaimedBatch,
    private readonly worker: Bytes,
    private readonly now: number,
    private readonly shared: SharedBegin | null,
  ) {}

  /**
   * Writes a record as an element of a frame. A large one goes by itself, and the element is empty.
   *
   * @param pieces - get what the frame is to be joined from. To add piece after piece to a text would leave a tree of all of them, which
   *   V8 keeps for long
   * @param apart - gets a large record, in parts
   * @returns the length of the record
   */
  write(
    { status, outcome: encoded }: DoneSettlement,
    note: ClaimNote,
    pieces: string[],
    apart: (readonly Bytes[])[],
  ): number {
    const { value, live } = note
    const outcome = bytesOfEncoded(encoded)
    const from = this.shared?.length ?? 0
    const isAll = from === 0 && live.bodyLength === null
    const kept = isAll ? value : (value.substring(from, bodyEndOf(value, live)) as Bytes)
    // What the server's clock shows is known within bounds only. So the end is never later than the settlement itself.
    if (note.took < 0) note.took = Math.floor(this.now - this.batch.receivedAt)
    const isLike =
      status === this.#status &&
      note.took === this.#took &&
      kept.length === this.#liveLength &&
      outcome.length === this.#outcomeLength
    if (!isLike) this.#noteHead(status, note.took, kept, outcome)
    if (this.#length < APART_BYTES) pieces.push(this.#head, kept, outcome)
    else {
      pieces.push(EMPTY)
      apart.push([this.#head as Bytes, kept, outcome])
    }
    return this.#length
  }

  #noteHead(status: number, took: number, live: Bytes, outcome: Bytes): void {
    this.#status = status
    this.#took = took
    this.#liveLength = live.length
    this.#outcomeLength = outcome.length
    const head = this.#headOf(status, took, live, outcome)
    this.#length = head.length + live.length + outcome.length
    this.#head = this.#length < APART_BYTES ? inOnePiece(packLength(this.#length) + head) : head
  }

  /** @param live - what the record has of the live task */
  #headOf(status: number, took: number, live: Bytes, outcome: Bytes): Bytes {
    const { shared } = this
    if (shared === null) {
      const { claimedAtText, fenceText } = this.batch
      return recordHead(status, claimedAtText, took, fenceText, live, outcome, this.worker)
    }
    const numbers = [status, took, shared.length + live.length, outcome.length].join(',')
    return `${shared.field}\n${numbers}\n` as Bytes
  }
}

/** @param worker - as `escaped` makes it */
function recordHead(
  status: number,
  claimedAt: string,
  took: number,
  fence: string,
  live: Bytes,
  outcome: Bytes,
  worker: Bytes,
): Bytes {
  const lengths = `${String(live.length)},${String(outcome.length)}`
  return `${String(status)},${claimedAt},${String(took)},${fence},${lengths},${worker}\n` as Bytes
}

/** A record as an announcement of a worker carries it: without attempts. */
export function announced(record: TaskRecord): Bytes {
  return finishedValue(record, NONE)
}

/** The record of a task as slots keep it. @param attempts - as the key `attempts` keeps them */
export function finishedValue(record: TaskRecord, attempts: Bytes): Bytes {
  const { header, outcome, progress } = record
  const { startedAt, endedAt, status, worker } = header
  const live = liveValue({ ...record, outcome: null }, startedAt > 0 ? header.runs - 1 : header.runs)
  const end = outcome === null ? NONE : bytesOfEncoded(outcome)
  const rest =
    progress === null && attempts === '' ? NONE : pack([progress === null ? NONE : bytesOfEncoded(progress), attempts])
  const took = endedAt > 0 ? endedAt - startedAt : 0
  const head = recordHead(status, String(startedAt), took, '0', live, end, bytesOf(escaped(worker ?? '')))
  return (head + live + end + rest) as Bytes
}

/** A live task that waits. @param runs - those that have counted */
export function liveValue({ header, body, outcome }: TaskRecord, runs: number): Bytes {
  const { queuedAt, dueAt, job, priority, crashes } = header
  const due = dueAt === queuedAt ? '' : String(dueAt)
  const tags = header.tags.map(escaped).join(' ')
  const call = bytesOfEncoded(body)
  const numbers = [priority, runs, crashes, outcome === null ? '' : call.length].join(',')
  const head = bytesOf(`${String(queuedAt)},${due},,${escaped(job)},${numbers},${tags},\n`)
  return (head + call + (outcome === null ? NONE : bytesOfEncoded(outcome))) as Bytes
}

/** Attempts as the key `attempts` keeps them. */
export function packAttempts(attempts: readonly Attempt[]): Bytes {
  return attempts.length === 0 ? NONE : pack(attempts.map(packAttempt))
}

/** An attempt as the key `attempts` keeps it. */
export function packAttempt({ run, startedAt, endedAt, worker, error }: Attempt): Bytes {
  const times = [run, Math.round(startedAt), Math.round(endedAt)].map((each) => String(each) as Bytes)
  return pack([...times, bytesOf(worker), bytesOf(error)])
}

function readAttempts(packed: Bytes): Attempt[] {
  return parts(packed).map((each) => {
    const [run, startedAt, endedAt, worker = NONE, error = NONE] = parts(each)
    return {
      run: Number(run),
      startedAt: Number(startedAt),
      endedAt: Number(endedAt),
      worker: textOf(worker),
      error: textOf(error),
    }
  })
}

/** The strings of a frame; none where it cannot be read. */
function parts(packed: Bytes): Bytes[] {
  if (packed === '') return []
  try {
    return new PackedReader(packed).readArray()
  } catch {
    return []
  }
}

function recordWith(header: TaskHeader, body: Bytes, outcome: Bytes, progress: Bytes, attempts: Bytes): TaskRecord {
  const record = { header, body: encodedOf(body), outcome: orNull(outcome), progress: orNull(progress) }
  return attempts === '' ? record : { ...record, attempts: readAttempts(attempts) }
}

function orNull(bytes: Bytes): Encoded | null {
  return bytes === '' ? null : encodedOf(bytes)
}
