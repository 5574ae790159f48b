import { NotKeptError } from '../errors.js'
import type { ActPlace } from '../model/act-place.js'
import { ANY_PLACE } from '../model/act-place.js'
import { DEFAULT_RESULT_TTL } from '../model/defaults.js'
import { toMilliseconds } from '../model/duration.js'
import { checkTarget, refuseOwnQueue } from './check-target.js'
import { newTaskId, queueTag, retryId } from '../model/task-id.js'
import { decodeCall, encodeCall, encodeReport } from '../serializers/task-codec.js'
import type { Encoded } from '../model/encoded.js'
import type { RedriveVerdict } from '../stores/operations-store.js'
import type { ActOptions, ActResult, DropOptions, Plan, RetryOptions } from './acts.js'
import type { ControlParts } from './control-parts.js'
import { operationsOf } from './control-parts.js'
import { restored } from '../model/redaction.js'
import { exportLine, keptLine } from './export-line.js'
import type { Chunk, ChunkResult } from './run-act.js'
import { chunksOf, runAct, userAtHost } from './run-act.js'
import { DropFile } from './drop-file.js'
import { putOffSince } from './is-put-off.js'
import { tasksOf } from './make-plan.js'
import { movedInfo } from './moved-to.js'
import { readEach, toLog } from './read-each.js'
import { SeenTask } from './seen-task.js'

/** Queues failed tasks once more, as new tasks. */
export async function retryTasks(parts: ControlParts, plan: Plan, options: RetryOptions): Promise<ActResult> {
  const spread = options.spread === undefined ? 0 : toMilliseconds(options.spread, 'spread')
  const operations = operationsOf(parts, 'an index of failed tasks')
  const { args } = options
  // Arguments that a job of the plan does not take are refused before a task of another job is queued.
  if (args !== undefined) {
    for (const { queue, ids } of chunksOf(tasksOf(plan, 'retry'))) await patchedBodies(parts, queue, ids, args)
  }
  const chunk = async ({ queue, ids, first, operation }: Chunk): Promise<ChunkResult> => {
    const bodies = args === undefined ? null : await patchedBodies(parts, queue, ids, args)
    const tasks = ids.map((id, i) => ({
      id,
      newId: retryId(id),
      body: bodies?.get(id) ?? null,
      delay: Math.round((spread * (first + i)) / Math.max(1, plan.count)),
    }))
    const verdicts = await operations.redrive(queue, tasks, operation)
    const created = tasks.flatMap(({ newId }, i) => (verdicts[i] === 'queued' ? [newId] : []))
    const skips = tasks.flatMap(({ id, newId }, i) => skipOf(id, newId, verdicts[i] ?? 'gone'))
    return { done: created.length, created, skips }
  }
  return await runAct(parts, plan, { name: 'retry', chunk }, options)
}

function skipOf(id: string, newId: string, verdict: RedriveVerdict): { reason: string; says: string }[] {
  switch (verdict) {
    case 'queued':
      return []
    case 'known':
      return [{ reason: verdict, says: `${id} was retried already, as ${newId}` }]
    case 'gone':
      return [
        {
          reason: verdict,
          says: `${id} is no failed task any more: it was retried or moved, or its record has expired`,
        },
      ]
  }
}

/** The calls of tasks with other arguments. @throws {@link InvalidArgumentsError} where the job is known and does not take them */
async function patchedBodies(
  parts: ControlParts,
  queue: string,
  ids: readonly string[],
  patch: Readonly<Record<string, unknown>>,
): Promise<Map<string, Encoded>> {
  const { broker, serializer, jobs } = parts
  const bodies = new Map<string, Encoded>()
  for (const record of await broker.get(queue, ids)) {
    if (record === null) continue
    const { id, job } = record.header
    const call = decodeCall(serializer, record.body, job)
    // What was hidden from whoever has edited the arguments stays what it is.
    const shown = new SeenTask(parts, record).value(call.args)
    const args = { ...call.args, ...(restored(patch, call.args, shown) as typeof patch) }
    const checked = jobs.names().includes(job) ? await jobs.describe(job).checkArguments(args) : args
    bodies.set(id, encodeCall(serializer, { ...call, args: checked }))
  }
  return bodies
}

/** Ends tasks as REVOKED, whether they wait or run. */
export async function revokeTasks(parts: ControlParts, plan: Plan, options: ActOptions): Promise<ActResult> {
  const { broker } = parts
  const chunk = async ({ queue, ids, operation, places }: Chunk): Promise<ChunkResult> => {
    const outcome = revocation(parts, operation, `revoked by ${options.by ?? userAtHost()}`, options.reason)
    return countOf(await broker.revoke(queue, ids, outcome, DEFAULT_RESULT_TTL, ...demanded(parts, places)))
  }
  return await runAct(parts, plan, { name: 'revoke', chunk }, options)
}

/** Makes delayed tasks ready now. */
export async function runTasksNow(parts: ControlParts, plan: Plan, options: ActOptions): Promise<ActResult> {
  const chunk = async ({ queue, ids, places }: Chunk): Promise<ChunkResult> =>
    countOf(await parts.broker.promote(queue, ids, ...demanded(parts, places)))
  // A chunk goes before all others of its priority.
  return await runAct(parts, plan, { name: 'run-now', chunk, isBackwards: true }, options)
}

/** Deletes waiting tasks and finished records. With a file, or an export, only those that it has, and it says which of them have stayed. */
export async function dropTasks(parts: ControlParts, plan: Plan, options: DropOptions): Promise<ActResult> {
  // A plan of another act is refused before a file is made.
  tasksOf(plan, 'drop')
  if (options.file === undefined || plan.count === 0) return await dropExported(parts, plan, options)
  const file = await DropFile.create(options.file)
  parts.logger.info(`tasks of ${plan.filter} are written to ${file.path} before they are dropped`)
  let result: ActResult
  try {
    result = await dropExported(parts, plan, {
      ...options,
      onExport: async (line) => {
        await file.add(line)
        await options.onExport?.(line)
      },
      onExported: async () => {
        await file.sync()
        await options.onExported?.()
      },
    })
  } catch (error) {
    // What has gone wrong is told, not how the file took it.
    const path = await file.close().catch(() => file.path)
    if (path !== null) parts.logger.error(`a drop has failed: what it has dropped before is in ${path}`)
    throw error
  }
  return { ...result, file: await file.close() }
}

async function dropExported(parts: ControlParts, plan: Plan, options: DropOptions): Promise<ActResult> {
  const operations = operationsOf(parts, 'an index of tasks')
  const { onExport, onExported } = options
  const chunk = async ({ queue, ids, operation, places, isListed }: Chunk): Promise<ChunkResult> => {
    if (!onExport) return countOf(await operations.drop(queue, ids, operation, places))
    const exported: string[] = []
    for (const record of await parts.broker.get(queue, ids)) {
      if (record === null) continue
      await onExport(exportLine(record, isListed))
      exported.push(record.header.id)
    }
    await onExported?.()
    const dropped = await operations.drop(queue, exported, operation, places)
    const kept = exported.filter((_, i) => dropped[i] !== true)
    if (kept.length > 0) await onExport(keptLine(queue, kept))
    return countOf(dropped)
  }
  return await runAct(parts, plan, { name: 'drop', chunk }, options)
}

/** Gives waiting tasks another priority. */
export async function prioritizeTasks(
  parts: ControlParts,
  plan: Plan,
  priority: number,
  options: ActOptions,
): Promise<ActResult> {
  checkTarget('prioritize', priority)
  const operations = operationsOf(parts, 'an index of tasks')
  const chunk = async ({ queue, ids, places }: Chunk): Promise<ChunkResult> =>
    countOf(await operations.prioritize(queue, ids, priority, places))
  return await runAct(parts, plan, { name: 'prioritize', chunk }, options)
}

/**
 * Moves waiting tasks to another queue, each as a new task, behind those that wait there. It first finishes what a move that has died has
 * left on its way: such tasks are in no queue, so that no plan has them. What cannot be brought where it goes stays noted.
 */
export async function moveTasks(parts: ControlParts, plan: Plan, to: string, options: ActOptions): Promise<ActResult> {
  checkTarget('move', to)
  refuseOwnQueue(tasksOf(plan, 'move'), to)
  const operations = operationsOf(parts, 'moves of tasks')
  const queues = await parts.broker.queues()
  const isLeft = toLog(parts, 'tasks that an earlier move has left on their way')
  await readEach(queues, async (queue) => await operations.finishMoves(queue), isLeft)
  const chunk = async ({ queue, ids, operation, places }: Chunk): Promise<ChunkResult> => {
    if (queue === to)
      return { done: 0, skips: ids.map((id) => ({ reason: 'there', says: `${id} is in queue ${to} already` })) }
    const endedAs = (newId?: string): Encoded =>
      revocation(parts, operation, `moved to queue ${to}`, options.reason, movedInfo(to, newId))
    const moves = ids.map((id) => {
      const newId = newTaskId(queueTag(to))
      return { id, newId, outcome: endedAs(newId) }
    })
    const parked = await putOffAmong(parts, queue, ids)
    const moved = await operations.move(queue, moves, to, endedAs(), DEFAULT_RESULT_TTL, places)
    // Nobody offers the new tasks the place that the old ones have waited for: they ask for one.
    const asking = moves.flatMap(({ id, newId }, i) => (moved[i] === true && parked.has(id) ? [newId] : []))
    if (asking.length > 0) await parts.broker.promote(to, asking)
    const created = moves.flatMap(({ newId }, i) => (moved[i] === true ? [newId] : []))
    const skips = ids.filter((_, i) => moved[i] !== true).map(goneOn)
    return { done: created.length, created, skips }
  }
  return await runAct(parts, plan, { name: 'move', chunk }, options)
}

/** Which of some tasks a worker has put off. */
async function putOffAmong(
  { broker, serializer }: ControlParts,
  queue: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const records = (await broker.get(queue, ids)).filter((record) => record !== null)
  return new Set(records.flatMap((record) => (putOffSince(serializer, record) === null ? [] : [record.header.id])))
}

function goneOn(id: string): { reason: string; says: string } {
  return { reason: 'gone', says: `${id} does not wait any more: it was started, moved, revoked or dropped meanwhile` }
}

/** The places as an argument of the broker; none where the tasks may be anywhere. @throws {@link NotKeptError} where it disregards them */
function demanded({ broker }: ControlParts, places: readonly ActPlace[]): [] | [readonly ActPlace[]] {
  if (ANY_PLACE.every((place) => places.includes(place))) return []
  if (!broker.regardsPlaces)
    throw new NotKeptError('acts to tasks in given places (Broker.regardsPlaces)', broker.address)
  return [places]
}

/** The operation tells the outcome from that of another call, so that the store recognises it when the call is sent again. */
function revocation(
  { serializer }: ControlParts,
  operation: string,
  what: string,
  reason: string | undefined,
  more: Readonly<Record<string, string>> = {},
): Encoded {
  const error = reason === undefined ? what : `${what}: ${reason}`
  return encodeReport(serializer, { error, info: { revocation: operation, ...more } })
}

function countOf(changed: readonly boolean[]): ChunkResult {
  return { done: changed.filter(Boolean).length }
}
