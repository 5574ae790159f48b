import { described, InvalidOptionError } from '../errors.js'
import { isName, isQueueName } from '../model/name.js'
import type { Encoded } from '../model/encoded.js'
import { toBuffer } from '../model/encoded.js'
import type { TaskRecord } from '../model/task-record.js'
import { READY_STATES, statusString } from '../model/task-state.js'
import { CHUNK_TASKS } from '../stores/policy.js'
import type { NewTask } from '../stores/broker.js'
import { nextTurn } from '../util/timers.js'
import type { ImportResult } from './acts.js'
import type { ControlParts } from './control-parts.js'
import { operationsOf } from './control-parts.js'
import type { ParsedFilter } from './filter/terms.js'
import { Search } from './search.js'
import type { ExportOptions } from './searches.js'
import { SeenTask } from './seen-task.js'
import { encodeCall, encodeReport } from '../serializers/task-codec.js'
import type { LoggedLine } from '../model/logged-line.js'

/** A task as a line of an export. Bytes are in base64. */
interface ExportedTask {
  readonly version: 1
  readonly id: string
  readonly queue: string
  readonly job: string
  readonly tags: readonly string[]
  readonly priority: number
  readonly status: string
  readonly over: boolean
  /** ms since the epoch. */
  readonly queuedAt: number
  readonly dueAt: number
  readonly body: string | { readonly base64: string }
  readonly outcome: string | { readonly base64: string } | null
  /** Whether values are hidden, so that it cannot be imported. Absent: none is. */
  readonly redacted?: true
}

/** The line of a task, without its end. */
export function exportLine(record: TaskRecord): string {
  return JSON.stringify(lineOf(record))
}

function lineOf({ header, body, outcome }: TaskRecord): ExportedTask {
  const { id, queue, job, tags, priority, status, queuedAt, dueAt } = header
  return {
    version: 1,
    id,
    queue,
    job,
    tags,
    priority,
    status: statusString(status),
    over: READY_STATES.has(status),
    queuedAt,
    dueAt,
    body: written(body),
    outcome: outcome === null ? null : written(outcome),
  }
}

/** Text that a JSON text holds as it is stays so. */
function written(value: Encoded): string | { readonly base64: string } {
  if (typeof value === 'string' && value.isWellFormed()) return value
  return { base64: (typeof value === 'string' ? Buffer.from(value) : toBuffer(value)).toString('base64') }
}

/** Tasks as lines of an export. */
export async function* exportTasks(
  parts: ControlParts,
  filter: ParsedFilter,
  options: ExportOptions,
): AsyncGenerator<string> {
  const { whole = false } = options
  for await (const { record } of new Search(parts, filter, options).matches()) {
    yield whole ? exportLine(record) : shownLine(parts, record)
  }
}

/** The line of a task as operators may see it. */
function shownLine(parts: ControlParts, record: TaskRecord): string {
  const seen = new SeenTask(parts, record)
  if (!seen.isRedacted) return exportLine(record)
  const { serializer } = parts
  const shown = <T>(value: T): T => seen.value(value) as T
  const { args, meta, ...call } = seen.call
  const body = encodeCall(serializer, { ...call, ...shown({ ...(args && { args }), ...(meta && { meta }) }) })
  const { logs, ...report } = seen.report
  const lines = logs?.map(([at, level, text, data]): LoggedLine => {
    const told = seen.text(text)
    return data === undefined ? [at, level, told] : [at, level, told, JSON.stringify(shown(JSON.parse(data)))]
  })
  const outcome =
    record.outcome === null ? null : encodeReport(serializer, { ...shown(report), ...(lines && { logs: lines }) })
  const hasHidden = JSON.stringify(body) !== JSON.stringify(encodeCall(serializer, seen.call))
  return JSON.stringify({ ...lineOf({ ...record, body, outcome }), ...(hasHidden && { redacted: true }) })
}

/** Queues the tasks of an export that were live. */
export async function importTasks(
  parts: ControlParts,
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<ImportResult> {
  const result = { imported: 0, known: 0, over: 0 }
  const waiting = new Map<string, ExportedTask[]>()
  const send = async (queue: string): Promise<void> => {
    const tasks = waiting.get(queue) ?? []
    waiting.delete(queue)
    const now = (await operationsOf(parts, 'an index of tasks').inspect(queue)).now
    for (const { verdict } of await parts.broker.queue(
      queue,
      tasks.map((task) => newTask(task, now)),
    )) {
      if (verdict === 'queued') result.imported += 1
      else result.known += 1
    }
    await nextTurn()
  }
  const sendAll = async (): Promise<void> => {
    for (const queue of [...waiting.keys()]) await send(queue)
  }
  let number = 0
  for await (const line of lines) {
    number += 1
    if (line.trim() === '') continue
    const task = readLine(line)
    if (task instanceof BadLine) {
      await sendAll()
      throw refusalOf(number, task, result)
    }
    if (task.over) result.over += 1
    else {
      const list = waiting.get(task.queue)
      if (list) list.push(task)
      else waiting.set(task.queue, [task])
      if ((list?.length ?? 0) >= CHUNK_TASKS) await send(task.queue)
    }
  }
  await sendAll()
  return result
}

/** What is wrong with a line. */
class BadLine {
  constructor(
    readonly expected: string,
    readonly received: string,
    readonly fix?: string,
  ) {}
}

function refusalOf(number: number, { expected, received, fix }: BadLine, done: ImportResult): InvalidOptionError {
  const { imported, known, over } = done
  const taken = `the lines before it were taken: ${String(imported)} queued, ${String(known)} were there already, ${String(over)} were over`
  const hint = fix === undefined ? taken : `${fix}; ${taken}`
  return new InvalidOptionError(`line ${String(number)}`, expected, received, hint)
}

/** A task that was due, or ran, is ready at once. */
function newTask({ id, job, tags, priority, body, dueAt }: ExportedTask, now: number): NewTask {
  const bytes = typeof body === 'string' ? body : Buffer.from(body.base64, 'base64')
  return { id, job, tags, priority, body: bytes, delay: Math.max(0, dueAt - now), inbox: null, checkDuplicate: true }
}

function readLine(line: string): ExportedTask | BadLine {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    value = line
  }
  if (isExported(value)) {
    if (value.redacted !== true || value.over) return value
    return new BadLine('a task with all its values', 'one whose values are hidden', 'export it with --whole')
  }
  return new BadLine('a task that pq export wrote', described(line))
}

function isExported(value: unknown): value is ExportedTask {
  if (typeof value !== 'object' || value === null) return false
  const { version, id, queue, job, tags, priority, over, dueAt, body } = value as Partial<
    Record<keyof ExportedTask, unknown>
  >
  const hasBody =
    typeof body === 'string' ||
    (typeof body === 'object' && body !== null && typeof (body as { base64?: unknown }).base64 === 'string')
  const isPriority = typeof priority === 'number' && Number.isInteger(priority) && priority >= 0 && priority <= 9
  const hasTags = Array.isArray(tags) && tags.every((tag) => typeof tag === 'string')
  return (
    version === 1 &&
    isName(id) &&
    isQueueName(queue) &&
    isName(job) &&
    hasTags &&
    isPriority &&
    hasBody &&
    typeof over === 'boolean' &&
    typeof dueAt === 'number' &&
    Number.isFinite(dueAt)
  )
}
