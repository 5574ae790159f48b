import type { TaskRecord } from '../../../model/task-record.js'
import type { TaskState } from '../../../model/task-state.js'
import type { ClaimedTask, InboxNotice, WorkerNotice } from '../../broker.js'
import { noteOf } from '../tables/task-rows.js'
import type { Notice } from './receivers.js'

/**
 * The notices of a task's life as lists: tasks that were handed over, and tasks that have ended. As JSON, a list of values is written and
 * read three times as fast as an object with its names.
 */

/** The first element of a list. */
const HANDED = 1
const ENDED = 2

/** Number of elements before those of the tasks. */
const HEAD = 4
/** Number of elements a task. */
const OF_CLAIMED = 13
const OF_ENDED = 15

/** @returns null for a notice that has more to say */
export function listOfNotice({ kind, name, messages }: Notice): readonly unknown[] | null {
  const [message] = messages
  if (messages.length !== 1) return null
  if (kind === 'worker') return listOfHanded(name, message as WorkerNotice)
  return kind === 'inbox' ? listOfEnded(name, message as InboxNotice) : null
}

/** @returns null for a list that is no notice, such as one of another version of this package */
export function noticeOfList(list: readonly unknown[]): Notice | null {
  const tasks = list.length - HEAD
  if (list[0] === HANDED && tasks % OF_CLAIMED === 0) return handedOf(list)
  return list[0] === ENDED && tasks % OF_ENDED === 0 ? endedOf(list) : null
}

function listOfHanded(name: string, notice: WorkerNotice): readonly unknown[] | null {
  if (notice.kind !== 'handed') return null
  const { queue, tasks, hasListeners } = notice
  const list: unknown[] = [HANDED, name, queue, hasListeners]
  for (const task of tasks) {
    const note = noteOf(task)
    if (note === null || typeof task.body !== 'string' || task.unknownSince !== undefined) return null
    const { id, job, tags, fence, run, crashes, priority, queuedAt, dueAt, claimedAt, body } = task
    list.push(id, job, tags, fence, run, crashes, priority, queuedAt, dueAt, claimedAt, body, note.seq, note.inboxes)
  }
  return list
}

function handedOf(list: readonly unknown[]): Notice {
  const [, name, queue, hasListeners] = list as [number, string, string, boolean]
  const tasks: ClaimedTask[] = []
  for (let i = HEAD; i < list.length; i += OF_CLAIMED) {
    tasks.push({
      id: list[i] as string,
      job: list[i + 1] as string,
      tags: list[i + 2] as string[],
      fence: list[i + 3] as number,
      run: list[i + 4] as number,
      crashes: list[i + 5] as number,
      priority: list[i + 6] as number,
      queuedAt: list[i + 7] as number,
      dueAt: list[i + 8] as number,
      claimedAt: list[i + 9] as number,
      body: list[i + 10] as string,
      claim: { seq: list[i + 11] as number, inboxes: list[i + 12] as string | null },
    })
  }
  const message: WorkerNotice = { kind: 'handed', queue, tasks, hasListeners }
  return { kind: 'worker', name, messages: [message] }
}

function listOfEnded(name: string, notice: InboxNotice): readonly unknown[] | null {
  if (notice.kind !== 'done') return null
  const queue = notice.tasks[0]?.record?.header.queue
  const list: unknown[] = [ENDED, name, queue, 0]
  for (const { record } of notice.tasks) {
    if (record === null || record.header.queue !== queue || !isPlain(record)) return null
    const { id, job, tags, status, priority, runs, crashes, queuedAt, dueAt, startedAt, endedAt, worker } =
      record.header
    list.push(id, job, tags, status, priority, runs, crashes, queuedAt, dueAt, startedAt, endedAt, worker)
    list.push(record.body, record.outcome, record.progress)
  }
  return list
}

function isPlain({ header, body, outcome, progress, attempts }: TaskRecord): boolean {
  if (header.unknownSince !== undefined || attempts !== undefined) return false
  return isText(body) && (outcome === null || isText(outcome)) && (progress === null || isText(progress))
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function endedOf(list: readonly unknown[]): Notice {
  const [, name, queue] = list as [number, string, string]
  const tasks: { id: string; record: TaskRecord }[] = []
  for (let i = HEAD; i < list.length; i += OF_ENDED) {
    const id = list[i] as string
    const header = {
      id,
      queue,
      job: list[i + 1] as string,
      tags: list[i + 2] as string[],
      status: list[i + 3] as TaskState,
      priority: list[i + 4] as number,
      runs: list[i + 5] as number,
      crashes: list[i + 6] as number,
      queuedAt: list[i + 7] as number,
      dueAt: list[i + 8] as number,
      startedAt: list[i + 9] as number,
      endedAt: list[i + 10] as number,
      worker: list[i + 11] as string | null,
    }
    const [body, outcome, progress] = [list[i + 12], list[i + 13], list[i + 14]]
    const record = { header, body, outcome, progress } as TaskRecord
    tasks.push({ id, record })
  }
  const message: InboxNotice = { kind: 'done', tasks }
  return { kind: 'inbox', name, messages: [message] }
}
