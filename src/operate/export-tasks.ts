import type { LoggedLine } from '../model/logged-line.js'
import type { RunReport, TaskCall, TaskRecord } from '../model/task-record.js'
import { encodeCall, encodeProgress, encodeReport } from '../serializers/task-codec.js'
import type { ControlParts } from './control-parts.js'
import { exportedTask, exportLine } from './export-line.js'
import type { ParsedFilter } from './filter/terms.js'
import { Search } from './search.js'
import type { ExportOptions } from './searches.js'
import type { SeenTask } from './seen-task.js'

/** Tasks as lines of an export. */
export async function* exportTasks(
  parts: ControlParts,
  filter: ParsedFilter,
  options: ExportOptions,
): AsyncGenerator<string> {
  const { whole = false } = options
  const search = new Search(parts, filter, { ...options, tellsListed: true })
  for await (const { record, seen, isListed } of search.matches()) {
    yield whole ? exportLine(record, isListed) : shownLine(parts, record, seen, isListed)
  }
  // Whoever deletes what was exported has to know that tasks are missing.
  if (search.trouble !== null) throw search.trouble
}

/** The line of a task as operators may see it. */
function shownLine(parts: ControlParts, record: TaskRecord, seen: SeenTask, isListed: boolean): string {
  if (!seen.isRedacted) return exportLine(record, isListed)
  const shown = shownRecord(parts, record, seen)
  // Written anew, as what is shown: the same value may be written in several ways.
  const whole = rewritten(parts, record, seen)
  const hasHidden = JSON.stringify(shown) !== JSON.stringify(whole)
  return JSON.stringify({ ...exportedTask(shown, isListed), ...(hasHidden && { redacted: true }) })
}

function shownRecord(parts: ControlParts, record: TaskRecord, seen: SeenTask): TaskRecord {
  const shown = <T>(value: T): T => seen.value(value) as T
  const { args, meta } = seen.call
  const { logs, ...report } = seen.report
  const lines = logs?.map(([at, level, text, data]): LoggedLine => {
    const told = seen.text(text)
    return data === undefined ? [at, level, told] : [at, level, told, JSON.stringify(shown(JSON.parse(data)))]
  })
  const attempts = record.attempts?.map((attempt) => ({ ...attempt, error: seen.text(attempt.error) }))
  return {
    ...withPayloads(parts, record, {
      call: { ...seen.call, ...shown({ ...(args && { args }), ...(meta && { meta }) }) },
      report: { ...shown(report), ...(lines && { logs: lines }) },
      progress: shown(seen.progress),
    }),
    ...(attempts && { attempts }),
  }
}

function rewritten(parts: ControlParts, record: TaskRecord, { call, report, progress }: SeenTask): TaskRecord {
  return withPayloads(parts, record, { call, report, progress })
}

interface Payloads {
  readonly call: TaskCall
  readonly report: RunReport
  readonly progress: unknown
}

function withPayloads({ serializer }: ControlParts, record: TaskRecord, payloads: Payloads): TaskRecord {
  const { call, report, progress } = payloads
  return {
    ...record,
    body: encodeCall(serializer, call),
    outcome: record.outcome === null ? null : encodeReport(serializer, report),
    progress: record.progress === null ? null : encodeProgress(serializer, progress),
  }
}
