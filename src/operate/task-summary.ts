import { retryOf } from '../model/task-id.js'
import type { TaskHeader } from '../model/task-record.js'
import { READY_STATES, STARTED, statusString, SUCCESS } from '../model/task-state.js'
import { nodeOfId, workerOfId } from '../model/worker-id.js'
import type { TaskPlace, TaskSummary } from './looks.js'
import type { SeenTask } from './seen-task.js'
import { startOf } from '../util/cut-text.js'

/** Longest error in a list. */
const LONGEST_ERROR = 200

/** Where a task stands. @param now - ms since the epoch by the store's clock */
export function placeOf({ status, dueAt }: TaskHeader, now: number): TaskPlace {
  if (status === SUCCESS) return 'done'
  if (READY_STATES.has(status)) return 'failed'
  if (status === STARTED) return 'held'
  return dueAt > now ? 'delayed' : 'ready'
}

/** A task as lists show it. @param now - ms since the epoch by the store's clock */
export function summaryOf(seen: SeenTask, now: number): TaskSummary {
  const { header } = seen.record
  return {
    id: header.id,
    job: header.job,
    queue: header.queue,
    state: placeOf(header, now),
    status: header.status,
    statusString: statusString(header.status),
    priority: header.priority,
    tags: header.tags,
    runs: header.runs,
    crashes: header.crashes,
    queuedAt: header.queuedAt,
    dueAt: header.dueAt,
    startedAt: header.startedAt > 0 ? header.startedAt : null,
    endedAt: header.endedAt > 0 ? header.endedAt : null,
    worker: header.worker === null ? null : workerOfId(header.worker),
    node: header.worker === null ? null : nodeOfId(header.worker),
    retryOf: retryOf(header.id),
    error: errorOf(seen),
  }
}

/** The message of an outcome that cannot be read is missing, and the rest of the list is not. */
function errorOf(seen: SeenTask): string | null {
  if (seen.record.header.status === SUCCESS) return null
  const { error } = seen.report
  return error === undefined ? null : startOf(seen.text(error), LONGEST_ERROR)
}
