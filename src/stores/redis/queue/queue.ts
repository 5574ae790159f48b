import type { DurabilityName } from '../../../model/durability.js'
import type { NewTask, QueueReply } from '../../broker.js'
import { APART_BYTES, LARGE_PAYLOAD } from '../../policy.js'
import { bytesOfBuffer, textOf } from '../layout/bytes.js'
import { chunkTasks, isOneChunk } from '../layout/chunks.js'
import { unescaped } from '../layout/escaped.js'
import { recordOf } from '../layout/records.js'
import { largeArguments, taskArguments } from '../layout/task-arguments.js'
import type { ScriptCall, ScriptInput } from '../scripts/script.js'
import type { DurableCalls, RedisSession, SlotInput } from './redis-session.js'

const KNOWN = 'queue/queue-known'

export function queue(
  session: RedisSession,
  queue: string,
  tasks: readonly NewTask[],
  durability?: DurabilityName,
): Promise<readonly QueueReply[]> {
  const { turns } = session
  const durable = session.durably(durability)
  if (durable && !session.isChecked(durability)) {
    return turns.take(queue, 'steps', async (hasEffect) => {
      await session.checkDurability(durability)
      return await queueNow(session, queue, tasks, durable, hasEffect)
    })
  }
  const preparation = session.prepare(queue, tasks)
  if (preparation) {
    // It may fail before the turn of the call has come.
    preparation.catch(() => undefined)
    return turns.take(queue, 'steps', async (hasEffect) => {
      await preparation
      return await queuePrepared(session, queue, tasks, durable, { hasEffect })
    })
  }
  const isKnown = mayBeKnown(tasks)
  const isApart = durable !== null || largestOf(tasks) >= LARGE_PAYLOAD
  if (!isApart && !isKnown && turns.isFree(queue)) return queuePrepared(session, queue, tasks, null)
  // Behind a call that may be sent again, those with new ids go as known ones do: all are refused, and sent again, in their order.
  const overSlots = isKnown || (!isApart && turns.hasSlotCalls(queue))
  const kind = isApart ? 'apart' : overSlots ? 'slots' : 'tasks'
  const queueThem = (hasEffect: () => void): Promise<readonly QueueReply[]> =>
    queuePrepared(session, queue, tasks, durable, { isKnown: overSlots, hasEffect })
  return turns.take(queue, kind, queueThem, tasks)
}

/** The same out of turn: for a call that has the turn. */
export async function queueNow(
  session: RedisSession,
  queue: string,
  tasks: readonly NewTask[],
  durable: DurableCalls | null = session.durably(),
  hasEffect?: () => void,
): Promise<readonly QueueReply[]> {
  const preparation = session.prepare(queue, tasks)
  if (preparation) await preparation
  return await queuePrepared(session, queue, tasks, durable, { hasEffect })
}

const mayBeKnown = (tasks: readonly NewTask[]): boolean => tasks.some(({ checkDuplicate }) => checkDuplicate)

interface QueueWays {
  /** Whether the ids may be known. Default: as the tasks say. */
  readonly isKnown?: boolean
  /** Is called once all tasks are queued, before that is confirmed. */
  readonly hasEffect?: (() => void) | undefined
}

async function queuePrepared(
  session: RedisSession,
  queue: string,
  tasks: readonly NewTask[],
  durable: DurableCalls | null,
  { isKnown = mayBeKnown(tasks), hasEffect }: QueueWays = {},
): Promise<readonly QueueReply[]> {
  const groups = groupsOf(tasks, isKnown)
  const [only] = groups
  if (groups.length === 1 && only && isOneChunk(only, sizeOf)) {
    return await queueChunk(session, queue, only, isKnown, tellingEffect(durable, hasEffect))
  }
  const replies = new Map<NewTask, QueueReply>()
  const chunks = groups.flatMap(chunkTasks)
  let left = chunks.length
  const isQueued = (): void => {
    left -= 1
    if (left === 0) hasEffect?.()
  }
  const send = async (chunk: readonly NewTask[]): Promise<void> => {
    const answers = await queueChunk(session, queue, chunk, isKnown, tellingEffect(durable, isQueued))
    chunk.forEach((task, i) => {
      const answer = answers[i]
      if (answer) replies.set(task, answer)
    })
  }
  if (isKnown && hasSameId(tasks)) {
    // Large ones go on another connection, where they could come before or after their own namesakes.
    for (const chunk of chunks) await send(chunk)
  } else await Promise.all(chunks.map(send))
  return tasks.flatMap((task) => replies.get(task) ?? [])
}

/** Tells once, and only of calls that are confirmed: others have their effect with their answer. */
function tellingEffect(durable: DurableCalls | null, hasEffect?: () => void): DurableCalls | null {
  if (durable === null || hasEffect === undefined) return durable
  let isTold = false
  return {
    connection: durable.connection,
    confirm: async (redis) => {
      if (!isTold) hasEffect()
      isTold = true
      await durable.confirm(redis)
    },
  }
}

/** Whether two tasks have one id. The first one counts, so that no other call may come before its own. */
function hasSameId(tasks: readonly NewTask[]): boolean {
  return new Set(tasks.map(({ id }) => id)).size < tasks.length
}

/** Tasks that follow each other and that one call may carry. */
function runsOf(tasks: readonly NewTask[]): (readonly NewTask[])[] {
  const runs: NewTask[][] = []
  let last: NewTask | undefined
  for (const task of tasks) {
    if (last !== undefined && isLike(task, last)) runs.at(-1)?.push(task)
    else runs.push([task])
    last = task
  }
  return runs
}

/** Tasks that one call may carry, in order: of one priority, and all ready or all delayed. @param isKnown - whether the ids may be known */
function groupsOf(tasks: readonly NewTask[], isKnown: boolean): (readonly NewTask[])[] {
  const [first] = tasks
  if (!first) return []
  if (areLike(tasks, first)) return [tasks]
  if (isKnown && hasSameId(tasks)) return runsOf(tasks)
  const groups = new Map<string, NewTask[]>()
  for (const task of tasks) {
    const name = [task.priority, task.delay > 0].join()
    const group = groups.get(name)
    if (group) group.push(task)
    else groups.set(name, [task])
  }
  return [...groups.values()]
}

function areLike(tasks: readonly NewTask[], other: NewTask): boolean {
  for (const task of tasks) if (!isLike(task, other)) return false
  return true
}

function isLike(task: NewTask, other: NewTask): boolean {
  return task.priority === other.priority && task.delay > 0 === other.delay > 0
}

/** Throws what comes of writing the call; all else rejects. @param isKnown - whether the ids may be known */
function queueChunk(
  session: RedisSession,
  queue: string,
  tasks: readonly NewTask[],
  isKnown: boolean,
  durable: DurableCalls | null,
): Promise<QueueReply[]> {
  const [first] = tasks
  if (!first) return Promise.resolve([])
  const { priority } = first
  const largest = largestOf(tasks)
  const connection = durable?.connection ?? session.connectionOf(largest >= LARGE_PAYLOAD)
  const confirm = durable?.confirm
  const known = ({ slots, keys }: SlotInput): ScriptInput => ({ args: { slots, ...taskArguments(tasks) }, keys })
  const queueKnown = async (): Promise<QueueReply[]> =>
    readReply(queue, tasks, await session.runOverSlots(KNOWN, queue, known, connection, confirm))
  if (isKnown) return queueKnown()
  const keys = session.keysOf(queue).lineOf(priority)
  const input = largest < APART_BYTES ? { args: taskArguments(tasks), keys } : { keys, ...largeArguments(tasks) }
  // When the call is sent again, its tasks may be queued, and even over, already.
  const again = (): ScriptCall => session.call(KNOWN, queue, known(session.slotInput(queue)))
  return session.run('queue/queue', queue, input, again, connection, confirm).then(
    (reply) => readReply(queue, tasks, reply),
    (error: unknown) => {
      if (!session.noteSlots(queue, error)) throw error
      return queueKnown()
    },
  )
}

const sizeOf = ({ body }: NewTask): number => body.length

/** Length of the largest body. */
function largestOf(tasks: readonly NewTask[]): number {
  let largest = 0
  for (const { body } of tasks) if (body.length > largest) largest = body.length
  return largest
}

/** @param reply - of `queue.lua`, one time for all, or of `queue-known.lua`, four values a task */
function readReply(queue: string, tasks: readonly NewTask[], reply: unknown): QueueReply[] {
  if (!Array.isArray(reply)) {
    const queuedAt = Number(reply)
    return tasks.map(({ id }) => ({ id, verdict: 'queued', queuedAt, record: null }))
  }
  return tasks.map(({ id }, i) => {
    const [isNew, at, found, name] = reply.slice(i * 4, i * 4 + 4) as [number, Buffer, Buffer, Buffer]
    const queuedAt = Number(at)
    if (isNew === 1) return { id, verdict: 'queued', queuedAt, record: null }
    const record = found.length > 0 ? recordOf(queue, id, bytesOfBuffer(found)) : null
    const job = record?.header.job ?? unescaped(textOf(bytesOfBuffer(name)))
    return { id, verdict: 'duplicate', queuedAt, record, ...(job !== '' && { job }) }
  })
}
