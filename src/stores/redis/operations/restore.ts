import { FAILURE, REVOKED } from '../../../model/task-state.js'
import type { RestoredTask } from '../../operations-store.js'
import type { Bytes } from '../layout/bytes.js'
import { bytesOf, NONE } from '../layout/bytes.js'
import { chunked } from '../layout/chunks.js'
import { pack } from '../layout/packed.js'
import { finishedValue, liveValue, packAttempts } from '../layout/records.js'
import { resultSlot } from '../layout/result-slots.js'
import type { RedisSession } from '../queue/redis-session.js'

/** A task as the script takes it. */
interface Restoring {
  /** Place among all tasks of the call. */
  readonly index: number
  readonly ttl: number
  readonly values: readonly Bytes[]
  readonly size: number
}

export async function restore(
  session: RedisSession,
  queue: string,
  tasks: readonly RestoredTask[],
): Promise<readonly boolean[]> {
  return await session.turns.take(queue, 'steps', () => restoreEach(session, queue, tasks))
}

async function restoreEach(
  session: RedisSession,
  queue: string,
  tasks: readonly RestoredTask[],
): Promise<readonly boolean[]> {
  await session.register(queue)
  const stored = tasks.map(() => false)
  // One slot a call.
  const all = tasks.map(restoring)
  for (const each of new Set(all.map(({ ttl }) => ttl))) {
    const group = all.filter(({ ttl }) => ttl === each)
    for (const chunk of chunked(group, ({ size }) => size)) {
      const reply = await restoreChunk(session, queue, each, chunk)
      chunk.forEach(({ index }, i) => {
        stored[index] = reply.charAt(i) === 's'
      })
    }
  }
  return stored
}

async function restoreChunk(
  session: RedisSession,
  queue: string,
  ttl: number,
  chunk: readonly Restoring[],
): Promise<string> {
  const before = await session.now(queue)
  const tasks = pack(chunk.flatMap(({ values }) => values))
  const connection = session.connectionFor([tasks])
  const reply = await session.runOverSlots(
    'operations/restore',
    queue,
    ({ slots, keys }) => {
      const { name, expiry } = resultSlot(session.timeOf(queue) || before, ttl)
      return {
        args: { name: bytesOf(name), expiry, tasks, slots },
        keys: [session.keysOf(queue).slot(name), ...keys],
      }
    },
    connection,
  )
  return String(reply)
}

function restoring({ record, isOver, isListed, ttl }: RestoredTask, index: number): Restoring {
  const { header, attempts: tried = [] } = record
  const { id, priority, dueAt, endedAt, status, runs } = header
  const attempts = packAttempts(tried)
  const hasFailed = status === FAILURE || status === REVOKED
  const kind = isOver ? (isListed && hasFailed ? 'f' : 'o') : 'l'
  const value = isOver ? finishedValue(record, attempts) : liveValue(record, runs)
  const at = String(isOver ? endedAt : dueAt)
  const values = [bytesOf(id), bytesOf(kind), value, bytesOf(at), isOver ? NONE : attempts, bytesOf(String(priority))]
  return { index, ttl: isOver ? ttl : 0, values, size: value.length }
}
