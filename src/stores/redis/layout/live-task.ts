import type { NewTask } from '../../broker.js'
import type { Bytes } from './bytes.js'
import { bytesOf, bytesOfEncoded, textOf } from './bytes.js'
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
}

/** Its fields, of which times and lengths are numbers. A value of another form is all body: decoding that gives the error. */
const FORM = /^(\d+),(\d*),([^,\n]*),([^,\n]*),(\d),(\d+),(\d+),(\d*),([^,\n]*),[^\n]*\n/
const NO_TAGS: readonly string[] = []

/** Parses a stored value. */
export function liveTask(value: Bytes): LiveTask {
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
  }
}

/** The part of a value behind its two times, which the store writes. */
export function newTail({ inbox, job, priority, tags, body }: NewTask): Bytes {
  const tagList = tags.length === 0 ? '' : tags.map(escaped).join(' ')
  const head = `${inbox ?? ''},${escaped(job)},${String(priority)},0,0,,${tagList},\n`
  return (bytesOf(head) + bytesOfEncoded(body)) as Bytes
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
