import type { LoggedLine } from '../model/logged-line.js'
import type { TaskCall, TaskRecord } from '../model/task-record.js'
import { readableTask } from '../serializers/task-codec.js'
import { systemTime } from '../util/timers.js'
import type { ControlParts } from './control-parts.js'
import { findRecord, retriesOf } from './find-record.js'
import type { LogLine, TaskDetails } from './looks.js'
import { movedTo } from './moved-to.js'
import { SeenTask } from './seen-task.js'
import { summaryOf } from './task-summary.js'

/** A task by its id; null: no queue has it. */
export async function showTask(parts: ControlParts, id: string): Promise<TaskDetails | null> {
  const { broker } = parts
  const record = await findRecord(broker, id)
  if (record === null) return null
  const { queue } = record.header
  const retries = await retriesOf(broker, queue, id)
  return detailsOf(parts, record, await storeTime(parts, queue), retries)
}

/** ms since the epoch by the store's clock; by this machine's where the store has no operations. */
async function storeTime({ broker }: ControlParts, queue: string): Promise<number> {
  const look = await broker.operations()?.inspect(queue)
  return look?.now ?? systemTime()
}

/**
 * All that is known of a task.
 *
 * @param now - ms since the epoch by the store's clock
 * @param retries - ids of its retries that the store knows
 */
function detailsOf(parts: ControlParts, record: TaskRecord, now: number, retries: readonly string[]): TaskDetails {
  const { task, trouble } = readableTask(parts.serializer, record)
  const seen = new SeenTask(parts, record)
  const { kwargs, result, meta, progress, runInfo, delay, timeout, expires, expiry } = task
  const { problem = null, logs, logStart } = seen.report
  return {
    ...summaryOf(seen, now),
    worker: task.worker,
    node: task.node,
    args: seen.value(kwargs),
    result: (seen.value({ result }) as { readonly result: unknown }).result,
    meta: seen.value(meta) as TaskDetails['meta'],
    progress: seen.value(progress),
    runInfo: seen.value(runInfo) as TaskDetails['runInfo'],
    delay,
    timeout,
    expires,
    expiry,
    exception: seen.textOrNull(task.exception),
    stacktrace: seen.textOrNull(task.stacktrace),
    details: seen.value(task.error) as TaskDetails['details'],
    problem,
    attempts: task.attempts.map((attempt) => ({ ...attempt, error: seen.text(attempt.error) })),
    parent: task.fromTask,
    retries,
    moved: movedTo(record.header, seen.report),
    logs: logs?.map((line) => lineOf(line, logStart?.run ?? record.header.runs, seen)) ?? null,
    unreadable: trouble === null ? null : seen.text(trouble),
    trace: traceOf(seen.call.carrier),
    links: [],
  }
}

/** Of the context that the task carries, as W3C writes it: version, trace, span and flags. */
function traceOf(carrier: TaskCall['carrier']): string | null {
  return /^[\da-f]{2}-([\da-f]{32})-/.exec(carrier?.['traceparent'] ?? '')?.[1] ?? null
}

/** A line of a log as operators may see it. */
export function lineOf([at, level, text, data]: LoggedLine, run: number, seen: SeenTask): LogLine {
  const shown = data === undefined ? '' : ` ${JSON.stringify(seen.value(JSON.parse(data)))}`
  return { at, level, text: `${seen.text(text)}${shown}`, run }
}
