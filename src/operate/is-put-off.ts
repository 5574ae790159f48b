import type { TaskCall, TaskHeader, TaskRecord } from '../model/task-record.js'
import type { Serializer } from '../serializers/serializer.js'
import { decodeCall } from '../serializers/task-codec.js'

/** Whether a worker has put off a task that has never run: it is due at another time than its call says. */
export function isPutOff({ runs, dueAt, queuedAt }: TaskHeader, { delay = 0 }: TaskCall): boolean {
  return runs === 0 && dueAt - queuedAt - delay > 100
}

/** When a task that a worker has put off was due at first, ms since the epoch; null: none has, or its call cannot be read. */
export function putOffSince(serializer: Serializer, { header, body }: TaskRecord): number | null {
  try {
    const call = decodeCall(serializer, body, header.job)
    return isPutOff(header, call) ? header.queuedAt + (call.delay ?? 0) : null
  } catch {
    // It is of another serializer's making.
    return null
  }
}
