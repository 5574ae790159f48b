import { InvalidOptionError } from '../errors.js'
import { DEFAULT_FAILURE_TTL, DEFAULT_RESULT_TTL } from '../model/defaults.js'
import { FAILURE } from '../model/task-state.js'
import type { TaskRecord } from '../model/task-record.js'
import type { RestoredTask } from '../stores/operations-store.js'
import { CHUNK_TASKS } from '../stores/policy.js'
import { nextTurn } from '../util/timers.js'
import type { ImportOptions, ImportResult } from './acts.js'
import type { ControlParts } from './control-parts.js'
import { operationsOf } from './control-parts.js'
import type { BadLine } from './export-line.js'
import { readLine } from './export-line.js'
import { putOffSince } from './is-put-off.js'

/** Tasks that are read ahead, by queue: a line that names tasks which were not dropped follows theirs at once. */
const READ_AHEAD = CHUNK_TASKS

/** Puts the tasks of an export into the store, under their ids: those that were live wait, and those that were over are so. */
export async function importTasks(
  parts: ControlParts,
  lines: AsyncIterable<string> | Iterable<string>,
  { onProgress }: ImportOptions = {},
): Promise<ImportResult> {
  const operations = operationsOf(parts, 'imported tasks')
  const result = { imported: 0, known: 0, over: 0 }
  const waiting = new Map<string, RestoredTask[]>()
  const send = async (queue: string, tasks: readonly RestoredTask[]): Promise<void> => {
    const stored = await operations.restore(queue, tasks)
    for (const [i, { isOver }] of tasks.entries()) {
      if (stored[i] !== true) result.known += 1
      else if (isOver) result.over += 1
      else result.imported += 1
    }
    onProgress?.({ ...result })
    await nextTurn()
  }
  const sendAll = async (): Promise<void> => {
    for (const [queue, tasks] of waiting) {
      while (tasks.length > 0) await send(queue, tasks.splice(0, CHUNK_TASKS))
    }
  }
  let number = 0
  for await (const line of lines) {
    number += 1
    if (line.trim() === '') continue
    // Some editors put a mark before the first one.
    const said = readLine(number === 1 && line.startsWith('\uFEFF') ? line.slice(1) : line)
    if (said.kind === 'bad') {
      await sendAll()
      throw refusalOf(number, said, result)
    }
    if (said.kind === 'kept') {
      const kept = new Set(said.ids)
      const left = waiting.get(said.queue)?.filter(({ record }) => !kept.has(record.header.id))
      if (left) waiting.set(said.queue, left)
      continue
    }
    const { isOver, isListed } = said
    const record = isOver ? said.record : asQueued(parts, said.record)
    const { queue, status } = record.header
    const tasks = waiting.get(queue) ?? []
    tasks.push({ record, isOver, isListed, ttl: status === FAILURE ? DEFAULT_FAILURE_TTL : DEFAULT_RESULT_TTL })
    waiting.set(queue, tasks)
    if (tasks.length >= CHUNK_TASKS + READ_AHEAD) await send(queue, tasks.splice(0, CHUNK_TASKS))
  }
  await sendAll()
  return result
}

/** A task that a worker has put off is due when it was at first: here nobody offers it the place that it has waited for. */
function asQueued({ serializer }: ControlParts, record: TaskRecord): TaskRecord {
  const dueAt = putOffSince(serializer, record)
  return dueAt === null ? record : { ...record, header: { ...record.header, dueAt } }
}

function refusalOf(number: number, { expected, received, fix }: BadLine, done: ImportResult): InvalidOptionError {
  const { imported, known, over } = done
  const taken = `the lines before it were taken, and are left alone when the file is imported again: ${String(imported)} queued, ${String(known)} were there already, ${String(over)} were over`
  const hint = fix === null ? taken : `${fix}; ${taken}`
  return new InvalidOptionError(`line ${String(number)}`, expected, received, hint)
}
