import { LeaseLostError, StaleCallError } from '../../../errors.js'
import type { ClaimedTask, LaneCall, Settlement, SettleReply, Verdict } from '../../broker.js'
import type { Bytes } from '../layout/bytes.js'
import { bytesOf, bytesOfBuffer, NONE, textOf } from '../layout/bytes.js'
import { escaped } from '../layout/escaped.js'
import { PackedReader } from '../layout/packed.js'
import { fenceText } from '../layout/time-text.js'
import { LiveTaskReader } from '../layout/live-task.js'
import type { ClaimedBatch } from '../layout/records.js'
import { claimedTask, claimNote } from '../layout/records.js'
import type { SettleArguments } from '../layout/settle-arguments.js'
import { settleArguments } from '../layout/settle-arguments.js'
import { performance } from '../../../util/timers.js'
import type { ScriptInput } from '../scripts/script.js'
import type { RedisSession } from './redis-session.js'

/** Most tasks of one batch: Lua takes no more arguments of a command than fit on its stack. */
const MOST_CLAIMED = 5_000

const VERDICTS: Readonly<Record<string, Verdict>> = { r: 'recorded', s: 'stale', u: 'unknown' }

export function settle(
  session: RedisSession,
  call: LaneCall,
  settlements: readonly Settlement[],
  max: number,
): Promise<SettleReply> {
  const { turns } = session
  const isTimeKnown = Number.isFinite(session.timeOf(call.queue))
  if (isTimeKnown && turns.isFree(call.queue)) return settleNow(session, call, settlements, max)
  // Where the time has to be asked for, it takes two steps, as a join does.
  return turns.take(call.queue, isTimeKnown ? 'settle' : 'join', () => settleNow(session, call, settlements, max))
}

async function settleNow(
  session: RedisSession,
  call: LaneCall,
  settlements: readonly Settlement[],
  max: number,
): Promise<SettleReply> {
  const { queue, worker, lane, seq, freeSlots = max, handOff } = call
  const name = bytesOf(escaped(worker))
  // Anew for each copy of the call: when a record is gone depends on the server's clock, which may turn out to be another.
  const build = (now: number): SettleArguments => settleArguments(settlements, name, now)
  const check = session.checkLease(queue, worker)
  const inputOf = ({ others, problems, apart, groups, slots }: SettleArguments): ScriptInput => ({
    args: {
      worker: name,
      lane,
      seq,
      max: Math.min(max, MOST_CLAIMED),
      free: freeSlots,
      handed: handOff === undefined ? NONE : fenceText(handOff),
      others,
      problems,
      apart: apart.length,
      slots: bytesOf(slots.map(({ name: slot, expiry }) => `${slot}:${String(expiry)};`).join('')),
    },
    list: apart.length === 0 ? groups : [...apart, ...groups],
    check,
    keys: slots.map((slot) => session.keysOf(queue).slot(slot.name)),
  })
  const connection = session.connectionFor(settlements.map((each) => (each.kind === 'release' ? '' : each.outcome)))
  const time = session.timeOf(queue)
  const built = build(Number.isFinite(time) ? time : await session.now(queue))
  const again = () => session.call('queue/settle', queue, inputOf(build(session.timeOf(queue, connection))))
  try {
    const reply = await session.run('queue/settle', queue, inputOf(built), again, connection)
    const reader = readerOf(reply)
    const head = reader.readArray()
    const [said = NONE] = head
    const areRecorded = said === '' && built.order.length === settlements.length
    const verdicts = areRecorded
      ? settlements.map(recorded)
      : await verdictsOf(session, queue, settlements, built, said)
    return readReply(reader, head, verdicts)
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('LOST')) throw new LeaseLostError(queue, worker)
    if (error instanceof Error && error.message.startsWith('STALE')) throw new StaleCallError(queue, worker, seq)
    throw error
  }
}

const recorded = (): Verdict => 'recorded'

/** @param reply - a frame, or a frame and large tasks that come by themselves; null: one that is held no more */
function readerOf(reply: unknown): PackedReader {
  const [frame, ...apart] = (Array.isArray(reply) ? reply : [reply]) as [Buffer, ...(Buffer | null)[]]
  const values = apart.map((value) => value && bytesOfBuffer(value))
  return new PackedReader(bytesOfBuffer(frame), values)
}

/** In the order of the settlements. What became of tasks that the worker holds no more is asked for. */
async function verdictsOf(
  session: RedisSession,
  queue: string,
  settlements: readonly Settlement[],
  { order }: SettleArguments,
  said: string,
): Promise<readonly Verdict[]> {
  const verdicts: (Verdict | undefined)[] = settlements.map(() => undefined)
  order.forEach((index, i) => {
    if (said === '' || said[i] === 'r') verdicts[index] = 'recorded'
  })
  const missing = settlements.filter((_, i) => verdicts[i] === undefined)
  if (missing.length > 0) {
    const list = missing.flatMap(({ task }) => [bytesOf(task.id), batchFence(task)])
    const reply = await session.runOverSlots('queue/settled', queue, ({ slots, keys }) => ({
      args: { slots },
      list,
      keys,
    }))
    const letters = String(reply)
    let next = 0
    return verdicts.map((verdict) => verdict ?? VERDICTS[letters.charAt(next++)] ?? 'unknown')
  }
  return verdicts.map((verdict) => verdict ?? 'unknown')
}

/** The fence of the batch in which a task was held. One that is not as it was claimed was held in none. */
function batchFence(task: ClaimedTask): Bytes {
  const note = claimNote(task)
  return note === null ? NONE : note.batch.fenceText
}

/** @param head - the first array of the reply */
function readReply(reader: PackedReader, head: readonly Bytes[], verdicts: readonly Verdict[]): SettleReply {
  const [, due, paused, listeners, fence = NONE, claimedAt = NONE, idle] = head
  const tasks = readBatch(reader, fence, claimedAt)
  const handed = reader.isAtEnd ? [] : readHandOff(reader)
  return {
    verdicts,
    tasks,
    handed,
    nextDue: due === '' ? null : Number(due),
    paused: paused === '1',
    hasListeners: listeners === '1',
    idle: Number(idle),
  }
}

function readHandOff(reader: PackedReader): ClaimedTask[] {
  const [fence = NONE, at = NONE] = reader.readArray()
  return readBatch(reader, fence, at)
}

/** Ids and live tasks of a batch. Null stands for one that is held no more, in the repeated reply to a call. */
export function readBatch(reader: PackedReader, fence: Bytes, claimedAt: Bytes): ClaimedTask[] {
  const ids = reader.readArray()
  const count = reader.isAtEnd ? reader.apart.length : reader.readCount()
  const tasks: ClaimedTask[] = []
  const batch: ClaimedBatch = {
    fence: Number(fence),
    size: ids.length,
    claimedAt: Number(claimedAt),
    fenceText: fence,
    claimedAtText: claimedAt,
    receivedAt: performance.now(),
  }
  const values = new LiveTaskReader()
  for (let i = 0; i < count; i += 1) {
    const value = reader.isAtEnd ? (reader.apart[i] ?? null) : reader.read()
    if (value !== null) tasks.push(claimedTask(textOf(ids[i] ?? NONE), value, batch, i + 1, values.read(value)))
  }
  return tasks
}
