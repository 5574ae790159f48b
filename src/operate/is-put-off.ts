import type { TaskCall, TaskHeader, TaskRecord } from '../model/task-record.js'
import type { Serializer } from '../serializers/serializer.js'
import { decodeCall } from '../serializers/task-codec.js'

const NO_DELAY = { delay: 0 }

/** Whether a worker has put off a task that has never run: it is due at another time than its call says. */
export function isPutOff({ runs, dueAt, queuedAt }: TaskHeader, { delay = 0 }: Pick<TaskCall, 'delay'>): boolean {
  return runs === 0 && dueAt - queuedAt - delay > 100
}

/** When a task that a worker has put off was due at first, ms since the epoch; null: none has, or its call cannot be read. */
export function putOffSince(serializer: Serializer, { header, body }: TaskRecord): number | null {
  // Most tasks are due when they are queued: their calls need not be read.
  if (!isPutOff(header, NO_DELAY)) return null
  try {
    const call = decodeCall(serializer, body, header.job)
    return isPutOff(header, call) ? header.queuedAt + (call.delay ?? 0) : null
  } catch {
    // It is of another serializer's making.
    return null
  }
}
