import type { TaskHeader, TaskRecord } from '../../../model/task-record.js'
import type { TaskState } from '../../../model/task-state.js'
import type { ClaimedTask, InboxNotice, WorkerNotice } from '../../broker.js'
import type { ClaimNote } from '../tables/task-rows.js'
import { noteOf } from '../tables/task-rows.js'
import { isSameList } from '../../../util/same-list.js'
import type { Notice } from './receivers.js'

/**
 * The notices of a task's life as lists: tasks that were handed over, and tasks that have ended. As JSON, a list of values is written and
 * read three times as fast as an object with its names. What several tasks have in common is written once: most tasks of a notice differ in
 * their ids, bodies and outcomes alone.
 *
 * A list is its kind, the name of its receiver, the queue, whether that has listeners, and groups of tasks. A group is a list, too: what its
 * tasks have in common, and then each task.
 */

/** The first element of a list. */
const HANDED = 1
const ENDED = 2

/** Number of elements before the groups. */
const HEAD = 4
/** Number of elements that the tasks of a group have in common, and of each task. */
const HANDED_HEAD = 10
const OF_HANDED = 3
const ENDED_HEAD = 12
const OF_ENDED = 3

/** @returns null for a notice that has more to say */
export function listOfNotice({ kind, name, messages }: Notice): readonly unknown[] | null {
  const [message] = messages
  if (messages.length !== 1) return null
  if (kind === 'worker') return listOfHanded(name, message as WorkerNotice)
  return kind === 'inbox' ? listOfEnded(name, message as InboxNotice) : null
}

/** @returns null for a list that is no notice, such as one of another version of this package */
export function noticeOfList(list: readonly unknown[]): Notice | null {
  if (list[0] === HANDED && hasGroups(list, HANDED_HEAD, OF_HANDED)) return handedOf(list)
  return list[0] === ENDED && hasGroups(list, ENDED_HEAD, OF_ENDED) ? endedOf(list) : null
}

function hasGroups(list: readonly unknown[], head: number, each: number): boolean {
  for (let i = HEAD; i < list.length; i++) {
    const group = list[i]
    if (!Array.isArray(group) || group.length <= head || (group.length - head) % each !== 0) return false
  }
  return true
}

function listOfHanded(name: string, notice: WorkerNotice): readonly unknown[] | null {
  if (notice.kind !== 'handed') return null
  const list: unknown[] = [HANDED, name, notice.queue, notice.hasListeners]
  let group: unknown[] = []
  let first: ClaimedTask | null = null
  let firstNote: ClaimNote | null = null
  for (const task of notice.tasks) {
    const note = noteOf(task)
    if (note === null || !isText(task.body) || task.unknownSince !== undefined) return null
    if (first === null || firstNote === null || !areHandedAlike(first, firstNote, task, note)) {
      const { job, tags, fence, run, crashes, priority, queuedAt, dueAt, claimedAt } = task
      group = [job, tags, fence - note.seq, run, crashes, priority, queuedAt, dueAt, claimedAt, note.inboxes]
      list.push(group)
      first = task
      firstNote = note
    }
    group.push(task.id, note.seq, task.body)
  }
  return list
}

function areHandedAlike(first: ClaimedTask, firstNote: ClaimNote, task: ClaimedTask, note: ClaimNote): boolean {
  return (
    task.queuedAt === first.queuedAt &&
    task.job === first.job &&
    task.fence - note.seq === first.fence - firstNote.seq &&
    task.run === first.run &&
    task.crashes === first.crashes &&
    task.priority === first.priority &&
    task.dueAt === first.dueAt &&
    task.claimedAt === first.claimedAt &&
    note.inboxes === firstNote.inboxes &&
    isSameList(task.tags, first.tags)
  )
}

function handedOf(list: readonly unknown[]): Notice {
  const [, name, queue, hasListeners] = list as [number, string, string, boolean]
  const tasks: ClaimedTask[] = []
  for (let at = HEAD; at < list.length; at++) addHanded(list[at] as readonly unknown[], tasks)
  const message: WorkerNotice = { kind: 'handed', queue, tasks, hasListeners }
  return { kind: 'worker', name, messages: [message] }
}

function addHanded(group: readonly unknown[], tasks: ClaimedTask[]): void {
  const job = group[0] as string
  const tags = group[1] as string[]
  const offset = group[2] as number
  const run = group[3] as number
  const crashes = group[4] as number
  const priority = group[5] as number
  const queuedAt = group[6] as number
  const dueAt = group[7] as number
  const claimedAt = group[8] as number
  const inboxes = group[9] as string | null
  for (let i = HANDED_HEAD; i < group.length; i += OF_HANDED) {
    const id = group[i] as string
    const seq = group[i + 1] as number
    const body = group[i + 2] as string
    const claim: ClaimNote = { seq, inboxes }
    const fence = seq + offset
    tasks.push({ id, job, tags, fence, run, crashes, priority, queuedAt, dueAt, claimedAt, body, claim })
  }
}

function listOfEnded(name: string, notice: InboxNotice): readonly unknown[] | null {
  if (notice.kind !== 'done') return null
  const queue = notice.tasks[0]?.record?.header.queue
  const list: unknown[] = [ENDED, name, queue, false]
  let group: unknown[] = []
  let first: TaskRecord | null = null
  for (const { record } of notice.tasks) {
    if (record === null || record.header.queue !== queue || !isPlain(record)) return null
    if (first === null || !haveEndedAlike(first, record)) {
      const { job, tags, status, priority, runs, crashes, queuedAt, dueAt, startedAt, endedAt, worker } = record.header
      group = [job, tags, status, priority, runs, crashes, queuedAt, dueAt, startedAt, endedAt, worker, record.progress]
      list.push(group)
      first = record
    }
    group.push(record.header.id, record.body, record.outcome)
  }
  return list
}

function haveEndedAlike({ header: first, progress }: TaskRecord, record: TaskRecord): boolean {
  const { header } = record
  return (
    record.progress === progress &&
    header.queuedAt === first.queuedAt &&
    header.job === first.job &&
    header.status === first.status &&
    header.priority === first.priority &&
    header.runs === first.runs &&
    header.crashes === first.crashes &&
    header.dueAt === first.dueAt &&
    header.startedAt === first.startedAt &&
    header.endedAt === first.endedAt &&
    header.worker === first.worker &&
    isSameList(header.tags, first.tags)
  )
}

function isPlain({ header, body, outcome, progress, attempts }: TaskRecord): boolean {
  if (header.unknownSince !== undefined || attempts !== undefined) return false
  return isText(body) && (outcome === null || isText(outcome)) && (progress === null || isText(progress))
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function endedOf(list: readonly unknown[]): Notice {
  const [, name, queue] = list as [number, string, string]
  const tasks: { id: string; record: TaskRecord }[] = []
  for (let at = HEAD; at < list.length; at++) addEnded(queue, list[at] as readonly unknown[], tasks)
  const message: InboxNotice = { kind: 'done', tasks }
  return { kind: 'inbox', name, messages: [message] }
}

function addEnded(queue: string, group: readonly unknown[], tasks: { id: string; record: TaskRecord }[]): void {
  const job = group[0] as string
  const tags = group[1] as string[]
  const status = group[2] as TaskState
  const priority = group[3] as number
  const runs = group[4] as number
  const crashes = group[5] as number
  const queuedAt = group[6] as number
  const dueAt = group[7] as number
  const startedAt = group[8] as number
  const endedAt = group[9] as number
  const worker = group[10] as string | null
  const progress = group[11] as string | null
  for (let i = ENDED_HEAD; i < group.length; i += OF_ENDED) {
    const id = group[i] as string
    const header: TaskHeader = {
      id,
      queue,
      job,
      tags,
      status,
      priority,
      runs,
      crashes,
      queuedAt,
      dueAt,
      startedAt,
      endedAt,
      worker,
    }
    const [body, outcome] = [group[i + 1], group[i + 2]]
    tasks.push({ id, record: { header, body, outcome, progress } as TaskRecord })
  }
}
