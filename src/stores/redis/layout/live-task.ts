import type { NewTask } from '../../broker.js'
import type { Bytes } from './bytes.js'
import { bytesOf, textOf } from './bytes.js'
import { escaped, unescaped } from './escaped.js'

/** A live task as it is stored. The header of `tasks.lua` describes the form. */
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
  readonly tagField: Bytes
  readonly jobField: Bytes
  /** Where the body begins and ends in the value. What follows is the outcome of the last run. */
  readonly bodyStart: number
  readonly bodyEnd: number
  /** Whether the header says where the body ends. */
  readonly hasOutcome: boolean
}

/** Its fields, of which times and lengths are numbers. A value of another form is all body: decoding that gives the error. */
const FORM = /^(\d+),(\d*),([^,\n]*),([^,\n]*),(\d),(\d+),(\d+),(\d*),([^,\n]*),[^\n]*\n/
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
    tagField: like.tagField,
    jobField: like.jobField,
    bodyStart,
    bodyEnd: value.length,
    hasOutcome: false,
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
  if (task.bodyStart === 0 || task.hasOutcome) return task
  if (known.size >= MOST_KNOWN) known.clear()
  // Copied: a part of a string keeps the whole, here a reply with its bodies.
  const copy = Buffer.from(tail, 'latin1').toString('latin1')
  known.set(copy, parsed(`0${copy}` as Bytes))
  return task
}

function parsed(value: Bytes): LiveTask {
  const fields = FORM.exec(value)
  if (!fields) return unreadable(value)
  const [head, queued = '', due = '', inboxes = '', job = '', priority, runs, crashes, length, tags = ''] = fields
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
    tagField: tags as Bytes,
    jobField: job as Bytes,
    bodyStart,
    bodyEnd: length === '' ? value.length : Math.min(value.length, bodyStart + Number(length)),
    hasOutcome: length !== '',
  }
}

function unreadable(value: Bytes): LiveTask {
  return {
    queuedAt: 0,
    dueAt: 0,
    inboxes: '' as Bytes,
    job: '?',
    priority: 4,
    runs: 0,
    crashes: 0,
    tags: NO_TAGS,
    tagField: '' as Bytes,
    jobField: '?' as Bytes,
    bodyStart: 0,
    bodyEnd: value.length,
    hasOutcome: false,
  }
}

/** What stands in the value of a new task between its two times, which the store writes, and its body. */
export function newHead({ inbox, job, priority, tags }: NewTask): Bytes {
  const tagList = tags.length === 0 ? '' : tags.map(escaped).join(' ')
  return bytesOf(`${inbox ?? ''},${escaped(job)},${String(priority)},0,0,,${tagList},\n`)
}

/** The same of a live task whose run has ended and another follows. */
export function tailOf(value: Bytes, task: LiveTask, runs: number, outcome: Bytes | null): Bytes {
  const { inboxes, jobField, priority, crashes, tagField, bodyStart, bodyEnd } = task
  const body = value.substring(bodyStart, bodyEnd)
  const end = outcome ?? value.substring(bodyEnd)
  const length = end === '' ? '' : String(body.length)
  const numbers = `${String(priority)},${String(runs)},${String(crashes)},${length}`
  return `${inboxes},${jobField},${numbers},${tagField},\n${body}${end}` as Bytes
}
