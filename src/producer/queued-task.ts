import type { Attempt, TaskCall } from '../model/task-record.js'
import { Task } from '../model/task.js'
import { QUEUED } from '../model/task-state.js'

/** What all tasks share that have nothing there. */
const NO_MEMBERS: Readonly<Record<string, never>> = Object.freeze({})
const NO_ATTEMPTS: readonly Attempt[] = Object.freeze([])

/**
 * The task of a call that the store has taken in. It has the members that `taskFields` would give it, without the header and the
 * report that those come from: each call makes one.
 */
export function queuedTask(id: string, queue: string, call: TaskCall, priority: number, queuedAt: number): Task {
  const { delay = 0, timeout = 0, expires = 0 } = call
  return new Task({
    id,
    name: call.job,
    queue,
    status: QUEUED,
    kwargs: call.args ?? NO_MEMBERS,
    result: undefined,
    exception: null,
    stacktrace: null,
    error: null,
    retry: 0,
    delay,
    timeout,
    expires,
    expiry: expires > 0 ? queuedAt + delay + expires : null,
    priority,
    progress: undefined,
    timeQueued: queuedAt,
    timeStarted: 0,
    timeEnded: 0,
    worker: null,
    node: null,
    fromTask: call.parent ?? null,
    meta: call.meta ?? NO_MEMBERS,
    runInfo: NO_MEMBERS,
    attempts: NO_ATTEMPTS,
  })
}
