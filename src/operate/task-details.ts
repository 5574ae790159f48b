import type { TaskRecord } from '../model/task-record.js'
import { taskOfRecord } from '../serializers/task-codec.js'
import type { ControlParts } from './control-parts.js'
import type { TaskDetails } from './looks.js'
import { summaryOf } from './task-summary.js'

/**
 * All that is known of a task.
 *
 * @param now - ms since the epoch by the store's clock
 * @param retries - ids of its retries that the store knows
 * @throws {@link DeserializationError} for a live task, or one that has succeeded, whose payload cannot be read
 */
export function detailsOf(
  { serializer }: Pick<ControlParts, 'serializer'>,
  record: TaskRecord,
  now: number,
  retries: readonly string[],
): TaskDetails {
  const task = taskOfRecord(serializer, record)
  const { kwargs, result, meta, progress, runInfo, delay, timeout, expires, expiry } = task
  return {
    ...summaryOf(serializer, record, now),
    worker: task.worker,
    node: task.node,
    args: kwargs,
    result,
    meta,
    progress,
    runInfo,
    delay,
    timeout,
    expires,
    expiry,
    exception: task.exception,
    stacktrace: task.stacktrace,
    details: task.error,
    attempts: task.attempts,
    parent: task.fromTask,
    retries,
    logs: null,
    trace: null,
    links: [],
  }
}
