import type { LoggedLine } from '../model/logged-line.js'
import type { RunReport, TaskRecord } from '../model/task-record.js'
import type { Serializer } from '../serializers/serializer.js'
import { decodeReport, taskOfRecord } from '../serializers/task-codec.js'
import { systemTime } from '../util/timers.js'
import type { ControlParts } from './control-parts.js'
import { findRecord, retriesOf } from './find-record.js'
import type { LogLine, TaskDetails } from './looks.js'
import type { Redaction } from './redaction.js'
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
 * @throws {@link DeserializationError} for a live task, or one that has succeeded, whose payload cannot be read
 */
function detailsOf(
  { serializer, redaction }: ControlParts,
  record: TaskRecord,
  now: number,
  retries: readonly string[],
): TaskDetails {
  const task = taskOfRecord(serializer, record)
  const report = reportOf(serializer, record)
  const { kwargs, result, meta, progress, runInfo, delay, timeout, expires, expiry } = task
  return {
    ...summaryOf(serializer, record, now),
    worker: task.worker,
    node: task.node,
    args: redaction.of(kwargs),
    result: redaction.of(result),
    meta: redaction.of(meta) as TaskDetails['meta'],
    progress: redaction.of(progress),
    runInfo,
    delay,
    timeout,
    expires,
    expiry,
    exception: task.exception,
    stacktrace: task.stacktrace,
    details: task.error,
    problem: report.problem ?? null,
    attempts: task.attempts,
    parent: task.fromTask,
    retries,
    logs: report.logs?.map((line) => lineOf(line, record.header.runs, redaction)) ?? null,
    trace: null,
    links: [],
  }
}

/** A report that cannot be read says nothing: the task itself has the reason. */
function reportOf(serializer: Serializer, { outcome }: TaskRecord): RunReport {
  try {
    return decodeReport(serializer, outcome)
  } catch {
    return {}
  }
}

function lineOf([at, level, text, data]: LoggedLine, run: number, redaction: Redaction): LogLine {
  const shown = data === undefined ? '' : ` ${JSON.stringify(redaction.of(JSON.parse(data)))}`
  return { at, level, text: `${text}${shown}`, run }
}
