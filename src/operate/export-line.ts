import { isUtf8 } from 'node:buffer'
import { described } from '../errors.js'
import type { Encoded } from '../model/encoded.js'
import { toBuffer } from '../model/encoded.js'
import { isName, isQueueName } from '../model/name.js'
import type { Attempt, TaskHeader, TaskRecord } from '../model/task-record.js'
import { taskHeader } from '../model/task-record.js'
import { EXCEPTION_STATES, QUEUED, READY_STATES, STARTED, stateOf, statusString } from '../model/task-state.js'

/** A value as a line has it. Bytes that are no text are in base64. */
type Written = string | { readonly base64: string }

/** A task as a line of an export. Times are ms since the epoch. */
export interface ExportedTask extends Omit<TaskHeader, 'status'> {
  readonly version: 1
  /** By its name. */
  readonly status: string
  readonly over: boolean
  readonly body: Written
  readonly outcome: Written | null
  readonly progress: Written | null
  readonly attempts: readonly Attempt[]
  /** Whether it failed and was retried or moved, so that no list of failed tasks has it. Absent: it was not. */
  readonly retried?: true
  /** Whether values are hidden, so that it cannot be imported. Absent: none is. */
  readonly redacted?: true
}

/** What follows the tasks that were to be dropped, and tells which of them were elsewhere by then, and stay. */
interface KeptTasks {
  readonly version: 1
  readonly queue: string
  readonly kept: readonly string[]
}

/** What a line of an export says. */
export type ReadLine =
  | { readonly kind: 'task'; readonly record: TaskRecord; readonly isOver: boolean; readonly isListed: boolean }
  | { readonly kind: 'kept'; readonly queue: string; readonly ids: readonly string[] }
  | BadLine

/** What cannot be imported. */
export interface BadLine {
  readonly kind: 'bad'
  readonly expected: string
  readonly received: string
  /** Null: there is none. */
  readonly fix: string | null
}

/** The line of a task, without its end. @param isListed - whether the index of failed tasks has it, if it has failed */
export function exportLine(record: TaskRecord, isListed: boolean): string {
  return JSON.stringify(exportedTask(record, isListed))
}

export function exportedTask(record: TaskRecord, isListed: boolean): ExportedTask {
  const { header, body, outcome, progress, attempts = [] } = record
  const { id, queue, job, tags, priority, status, runs, crashes, queuedAt, dueAt, startedAt, endedAt, worker } = header
  return {
    version: 1,
    ...{ id, queue, job, tags, priority },
    status: statusString(status),
    over: READY_STATES.has(status),
    ...{ runs, crashes, queuedAt, dueAt, startedAt, endedAt, worker },
    body: written(body),
    outcome: writtenOrNull(outcome),
    progress: writtenOrNull(progress),
    attempts,
    ...(!isListed && EXCEPTION_STATES.has(status) && { retried: true as const }),
  }
}

/** The line that follows those of tasks which were not dropped. */
export function keptLine(queue: string, kept: readonly string[]): string {
  const line: KeptTasks = { version: 1, queue, kept }
  return JSON.stringify(line)
}

/** Bytes that are a text become one, which says the same. */
function written(value: Encoded): Written {
  if (typeof value === 'string' && value.isWellFormed()) return value
  const bytes = typeof value === 'string' ? Buffer.from(value) : toBuffer(value)
  return isUtf8(bytes) ? bytes.toString() : { base64: bytes.toString('base64') }
}

function writtenOrNull(value: Encoded | null): Written | null {
  return value === null ? null : written(value)
}

/** The only version of lines that there is. */
const VERSION = 1
/** The latest time of a date, ms. */
const LATEST = 8_640_000_000_000_000

/** Reads a line of an export. */
export function readLine(line: string): ReadLine {
  const value = parsed(line)
  if (isKept(value)) return { kind: 'kept', queue: value.queue, ids: value.kept }
  if (!isExported(value)) return badLine(line, value)
  if (value.redacted === true) {
    const received = 'one whose values are hidden'
    return { kind: 'bad', expected: 'a task with all its values', received, fix: 'export it with --whole' }
  }
  return { kind: 'task', record: recordOf(value), isOver: value.over, isListed: value.retried !== true }
}

/** The value of a line; undefined: it is no JSON. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** What is wrong with a line, and what its writer can do. */
function badLine(line: string, value: unknown): BadLine {
  const bad = (expected: string, received: string, fix: string): BadLine => ({ kind: 'bad', expected, received, fix })
  const task = 'a task that pq export wrote'
  if (/[\0\uFFFD]/.test(line) && value === undefined) {
    return bad(task, 'bytes that are no UTF-8', 'save the file as UTF-8, and unpack it where it is compressed')
  }
  if (value === undefined) {
    const isCut = line.trimStart().startsWith('{')
    return isCut
      ? bad(task, `a line that is cut off or damaged: ${described(line)}`, 'export it again, and import the whole file')
      : bad(task, described(line), 'give it a file that pq export or pq drop has written')
  }
  const { version } = membersOf<ExportedTask>(value)
  if (typeof version === 'number' && version > VERSION) {
    const received = `version ${String(version)}`
    return bad(
      `a task of version ${String(VERSION)}`,
      received,
      'import it with the version of pulsar-queue that wrote it',
    )
  }
  if (version !== VERSION) return bad(task, described(line), 'give it a file that pq export or pq drop has written')
  const wrong = wrongMember(value)
  const got =
    wrong === null ? described(line) : `one whose ${wrong} is ${described(membersOf<ExportedTask>(value)[wrong])}`
  return bad(task, got, 'export it again, or correct that line')
}

function recordOf(task: ExportedTask): TaskRecord {
  const { id, queue, job, tags, priority, over, runs, crashes, queuedAt, dueAt, startedAt, endedAt, worker } = task
  const status = stateOf(task.status) ?? QUEUED
  const waiting = { id, queue, job, tags, priority, crashes, queuedAt, dueAt }
  const header = over
    ? taskHeader({ ...waiting, status, runs, startedAt, endedAt, worker })
    : // A run that was under way goes on nowhere, and does not count.
      taskHeader({ ...waiting, runs: Math.max(0, status === STARTED ? runs - 1 : runs) })
  const { body, outcome, progress, attempts } = task
  return {
    header,
    body: read(body),
    outcome: outcome === null ? null : read(outcome),
    progress: progress === null || !over ? null : read(progress),
    ...(attempts.length > 0 && { attempts }),
  }
}

function read(value: Written): Encoded {
  return typeof value === 'string' ? value : Buffer.from(value.base64, 'base64')
}

function isKept(value: unknown): value is KeptTasks {
  const { version, queue, kept } = membersOf<KeptTasks>(value)
  return version === VERSION && isQueueName(queue) && Array.isArray(kept) && kept.every(isName)
}

function isExported(value: unknown): value is ExportedTask {
  return membersOf<ExportedTask>(value).version === VERSION && wrongMember(value) === null
}

type Member = Exclude<keyof ExportedTask, 'version' | 'retried' | 'redacted' | 'unknownSince'>

/** Whether a member of a line is what it has to be. */
const MEMBERS: Readonly<Record<Member, (value: unknown) => boolean>> = {
  id: isName,
  queue: isQueueName,
  job: isName,
  tags: areTexts,
  priority: (value) => isWhole(value) && Number(value) <= 9,
  status: (value) => stateOf(value) !== null,
  over: (value) => typeof value === 'boolean',
  runs: isWhole,
  crashes: isWhole,
  queuedAt: isWhole,
  dueAt: isWhole,
  startedAt: isWhole,
  endedAt: isWhole,
  worker: (value) => value === null || typeof value === 'string',
  body: isWritten,
  outcome: (value) => value === null || isWritten(value),
  progress: (value) => value === null || isWritten(value),
  attempts: (value) => Array.isArray(value) && value.every(isAttempt),
}

/** The first member of a task that is not what it has to be; null: all are. */
function wrongMember(value: unknown): Member | null {
  const task = membersOf<ExportedTask>(value)
  const names = Object.keys(MEMBERS) as Member[]
  const wrong = names.find((name) => !MEMBERS[name](task[name]))
  if (wrong !== undefined) return wrong
  const status = stateOf(task.status)
  return status !== null && task.over === READY_STATES.has(status) ? null : 'over'
}

function isAttempt(value: unknown): boolean {
  const { run, startedAt, endedAt, worker, error } = membersOf<Attempt>(value)
  return [run, startedAt, endedAt].every(isNumber) && areTexts([worker, error])
}

function isWritten(value: unknown): boolean {
  return typeof value === 'string' || typeof membersOf<{ base64: string }>(value).base64 === 'string'
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

/** A time, or a number of runs: as large as a time can be. */
function isWhole(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= LATEST
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

/** What a value has of a type, unchecked. */
function membersOf<T>(value: unknown): Partial<Record<keyof T, unknown>> {
  return typeof value === 'object' && value !== null ? value : {}
}
