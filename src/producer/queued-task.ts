import type { Attempt, TaskCall } from '../model/task-record.js'
import type { TaskFields } from '../model/task.js'
import { Task } from '../model/task.js'
import { QUEUED } from '../model/task-state.js'

/** What all tasks share that have nothing there. */
const NO_MEMBERS: Readonly<Record<string, never>> = Object.freeze({})
const NO_ATTEMPTS: readonly Attempt[] = Object.freeze([])

/** What such tasks have in common. */
const LIKE_ALL: TaskFields = {
  id: '',
  name: '',
  queue: null,
  status: QUEUED,
  kwargs: NO_MEMBERS,
  result: undefined,
  exception: null,
  stacktrace: null,
  error: null,
  retry: 0,
  delay: 0,
  timeout: 0,
  expires: 0,
  expiry: null,
  priority: 0,
  progress: undefined,
  timeQueued: 0,
  timeStarted: 0,
  timeEnded: 0,
  worker: null,
  node: null,
  fromTask: null,
  meta: NO_MEMBERS,
  runInfo: NO_MEMBERS,
  attempts: NO_ATTEMPTS,
}

/**
 * The task of a call that the store has taken in. It has the members that `taskFields` would give it, without the header and the
 * report that those come from: each call makes one. What it does not share is set afterwards: an object with all members, for its
 * constructor to read, would be as large as the task.
 */
export function queuedTask(id: string, queue: string, call: TaskCall, priority: number, queuedAt: number): Task {
  const { job, args, delay, timeout, expires = 0, meta, parent } = call
  const task: { -readonly [K in keyof Task]: Task[K] } = new Task(LIKE_ALL)
  task.id = id
  task.name = job
  task.queue = queue
  task.priority = priority
  task.timeQueued = queuedAt
  if (args !== undefined) task.kwargs = args
  if (delay !== undefined) task.delay = delay
  if (timeout !== undefined) task.timeout = timeout
  if (meta !== undefined) task.meta = meta
  if (parent !== undefined) task.fromTask = parent
  if (expires > 0) {
    task.expires = expires
    task.expiry = queuedAt + task.delay + expires
  }
  return task as Task
}
