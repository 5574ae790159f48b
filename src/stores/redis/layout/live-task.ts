import type { NewTask } from '../../broker.js'
import type { Bytes } from './bytes.js'
import { bytesOf, NONE, textOf } from './bytes.js'
import { escaped, unescaped } from './escaped.js'

/** What the first line of a live task says, which many may have in common. The header of `tasks.lua` describes the form. */
export interface LiveTask {
  readonly queuedAt: number
  readonly dueAt: number
  /** Inboxes that it was queued with. Later ones lie in the key `inboxes`. */
  readonly inboxes: Bytes
  readonly job: string
  readonly priority: number
  readonly runs: number
  readonly crashes: number
  readonly tags: readonly string[]
  /** As of a claimed task; null: none. */
  readonly unknownSince: number | null
  readonly tagField: Bytes
  readonly jobField: Bytes
  /** Where the body begins in the value. */
  readonly bodyStart: number
  /** Length of the body, which the outcome of the last run follows; null: all that follows is body. */
  readonly bodyLength: number | null
}

/** Its fields, of which times and lengths are numbers. A value of another form is all body: decoding that gives the error. */
const FORM = /^(\d+),(\d*),([^,\n]*),([^,\n]*),(\d),(\d+),(\d+),(\d*),([^,\n]*),(?:u(\d+))?[^\n]*\n/
const NO_TAGS: readonly string[] = []
const COMMA = 0x2c
const DIGIT_0 = 0x30
const DIGIT_9 = 0x39

/** What headers say behind their first comma: many tasks differ in their times and bodies only. */
const known = new Map<string, LiveTask>()
/** Most of those to keep. */
const MOST_KNOWN = 100

/** Parses a stored value. */
export function liveTask(value: Bytes): LiveTask {
  const comma = value.indexOf(',')
  // One with a due time of its own is like no other.
  if (value.charCodeAt(comma + 1) !== COMMA || !isNumber(value, comma)) return parsed(value)
  const bodyStart = value.indexOf('\n', comma) + 1
  const tail = value.substring(comma, bodyStart)
  const like = known.get(tail)
  if (like === undefined) return noted(tail, parsed(value))
  const queuedAt = Number(value.substring(0, comma))
  return {
    queuedAt,
    dueAt: queuedAt,
    inboxes: like.inboxes,
    job: like.job,
    priority: like.priority,
    runs: like.runs,
    crashes: like.crashes,
    tags: like.tags,
    unknownSince: like.unknownSince,
    tagField: like.tagField,
    jobField: like.jobField,
    bodyStart,
    bodyLength: null,
  }
}

/** Where the body of a task ends in its value. */
export function bodyEndOf(value: Bytes, { bodyStart, bodyLength }: LiveTask): number {
  return bodyLength === null ? value.length : Math.min(value.length, bodyStart + bodyLength)
}

/** Parses values that have come together. Tasks that were queued together mostly have the same first line, which is parsed once. */
export class LiveTaskReader {
  #line = NONE
  #task: LiveTask | null = null

  read(value: Bytes): LiveTask {
    if (this.#task !== null && value.startsWith(this.#line)) return this.#task
    const task = liveTask(value)
    const isReadable = task.bodyStart > 0
    this.#line = isReadable ? (value.substring(0, task.bodyStart) as Bytes) : NONE
    this.#task = isReadable ? task : null
    return task
  }
}

function isNumber(value: Bytes, length: number): boolean {
  for (let i = 0; i < length; i += 1) {
    const code = value.charCodeAt(i)
    if (code < DIGIT_0 || code > DIGIT_9) return false
  }
  return length > 0
}

/** Keeps what a header says, unless an outcome follows its body. */
function noted(tail: string, task: LiveTask): LiveTask {
  if (task.bodyStart === 0 || task.bodyLength !== null) return task
  if (known.size >= MOST_KNOWN) known.clear()
  // Copied: a part of a string keeps the whole, here a reply with its bodies.
  const copy = Buffer.from(tail, 'latin1').toString('latin1')
  known.set(copy, parsed(`0${copy}` as Bytes))
  return task
}

function parsed(value: Bytes): LiveTask {
  const fields = FORM.exec(value)
  if (!fields) return UNREADABLE
  const [head, queued = '', due = '', inboxes = '', job = '', priority, runs, crashes, length, tags = '', unknown] =
    fields
  const bodyStart = head.length
  const queuedAt = Number(queued)
  return {
    queuedAt,
    dueAt: due === '' ? queuedAt : Number(due),
    inboxes: inboxes as Bytes,
    job: unescaped(textOf(job as Bytes)),
    priority: Number(priority),
    runs: Number(runs),
    crashes: Number(crashes),
    tags: tags === '' ? NO_TAGS : tags.split(' ').map((tag) => unescaped(textOf(tag as Bytes))),
    unknownSince: unknown === undefined ? null : Number(unknown),
    tagField: tags as Bytes,
    jobField: job as Bytes,
    bodyStart,
    bodyLength: length === '' ? null : Number(length),
  }
}

const UNREADABLE: LiveTask = {
  queuedAt: 0,
  dueAt: 0,
  inboxes: NONE,
  job: '?',
  priority: 4,
  runs: 0,
  crashes: 0,
  tags: NO_TAGS,
  unknownSince: null,
  tagField: NONE,
  jobField: '?' as Bytes,
  bodyStart: 0,
  bodyLength: null,
}

/** What stands in the value of a new task between its two times, which the store writes, and its body. */
export function newHead({ inbox, job, priority, tags }: Pick<NewTask, 'inbox' | 'job' | 'priority' | 'tags'>): Bytes {
  const tagList = tags.length === 0 ? '' : tags.map(escaped).join(' ')
  return bytesOf(`${inbox ?? ''},${escaped(job)},${String(priority)},0,0,,${tagList},\n`)
}

/**
 * The same of a live task whose run has ended and another follows.
 *
 * @param unknownSince - as of a release; absent: none
 */
export function tailOf(
  value: Bytes,
  task: LiveTask,
  runs: number,
  outcome: Bytes | null,
  unknownSince?: number,
): Bytes {
  const { inboxes, jobField, priority, crashes, tagField } = task
  const bodyEnd = bodyEndOf(value, task)
  const body = value.substring(task.bodyStart, bodyEnd)
  const end = outcome ?? value.substring(bodyEnd)
  const length = end === '' ? '' : String(body.length)
  const numbers = `${String(priority)},${String(runs)},${String(crashes)},${length}`
  const refs = unknownSince === undefined ? '' : `u${String(unknownSince)}`
  return `${inboxes},${jobField},${numbers},${tagField},${refs}\n${body}${end}` as Bytes
}
