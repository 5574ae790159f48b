import type { ActPlace } from '../../../model/act-place.js'
import type { Encoded } from '../../../model/encoded.js'
import type { NewTask } from '../../broker.js'
import type { Move } from '../../operations-store.js'
import type { Bytes } from '../layout/bytes.js'
import { bytesOf, bytesOfBuffer, bytesOfEncoded, encodedOf, NONE, textOf } from '../layout/bytes.js'
import { bodyEndOf, liveTask } from '../layout/live-task.js'
import { pack, PackedReader } from '../layout/packed.js'
import { placeLetters } from '../layout/place-letters.js'
import { resultSlot } from '../layout/result-slots.js'
import { queueNow } from '../queue/queue.js'
import type { RedisSession } from '../queue/redis-session.js'

/**
 * Two queues may lie on two servers, so that no script sees both: the tasks end here, with a note of where each goes; then they are queued
 * there, under the ids of the notes; then the notes are deleted. Whatever ends in between is finished by `finishMoves`. The caller gives
 * as many tasks as one call may carry.
 */
export async function move(
  session: RedisSession,
  queue: string,
  moves: readonly Move[],
  to: string,
  outcome: Encoded,
  ttl: number,
  places: readonly ActPlace[],
): Promise<readonly boolean[]> {
  if (moves.length === 0) return []
  return await session.turns.takeTwo(queue, to, async () => {
    // Where the other queue takes nothing, no task leaves this one.
    await session.register(to)
    // Nor does any where the other one cannot be read, as another program has written a key of it.
    await session.run('operations/inspect', to)
    const before = await session.now(queue)
    const args = {
      target: bytesOf(to),
      moves: pack(
        moves.flatMap(({ id, newId, outcome: own = outcome }) => [bytesOf(id), bytesOf(newId), bytesOfEncoded(own)]),
      ),
      places: placeLetters(places),
    }
    const reply = (await session.runOverSlots('operations/move-out', queue, ({ slots, keys }) => {
      const { name, expiry } = resultSlot(session.timeOf(queue) || before, ttl)
      return {
        args: { ...args, name: bytesOf(name), expiry, slots },
        keys: [session.keysOf(queue).slot(name), ...keys],
      }
    })) as (number | Buffer)[]
    const out = moves.map((_, i) => reply[2 * i] === 1)
    const leaving = moves.flatMap(({ newId }, i): MovingTask[] => {
      const note = reply[2 * i + 1] as Buffer
      return out[i] === true && note.length > 0 ? [{ id: newId, note: bytesOfBuffer(note) }] : []
    })
    await arrive(session, queue, leaving)
    return out
  })
}

/** A task that has left its queue. */
export interface MovingTask {
  /** Id of the new task. */
  readonly id: string
  /** What `move-out.lua` has noted of it. */
  readonly note: Bytes
}

/** Queues tasks where they go, and then forgets that they are on their way. One that is there already is left alone. */
async function arrive(session: RedisSession, from: string, tasks: readonly MovingTask[]): Promise<void> {
  for (const { error } of await arriveEach(session, from, tasks)) throw error
}

/** The same, where a queue that cannot take its tasks holds up none of the others. @returns those queues */
export async function arriveEach(
  session: RedisSession,
  from: string,
  tasks: readonly MovingTask[],
): Promise<readonly StuckTarget[]> {
  if (tasks.length === 0) return []
  const now = await session.now(from)
  const byTarget = new Map<string, NewTask[]>()
  for (const { id, note } of tasks) {
    const [target = NONE, value = NONE] = new PackedReader(note).readArray()
    const name = textOf(target)
    byTarget.set(name, [...(byTarget.get(name) ?? []), newTask(id, value, now)])
  }
  const stuck: StuckTarget[] = []
  for (const [target, group] of byTarget) {
    try {
      await queueNow(session, target, group)
      await session.run('operations/arrived', from, { list: group.map(({ id }) => bytesOf(id)) })
    } catch (error) {
      stuck.push({ target, error })
    }
  }
  return stuck
}

/** A queue that does not take what was moved there. */
export interface StuckTarget {
  readonly target: string
  readonly error: unknown
}

/** A task that was due by then is ready at once. */
function newTask(id: string, value: Bytes, now: number): NewTask {
  const task = liveTask(value)
  const { job, tags, priority, dueAt } = task
  const body = encodedOf(value.substring(task.bodyStart, bodyEndOf(value, task)) as Bytes)
  return { id, job, tags, priority, body, delay: Math.max(0, dueAt - now), inbox: null, checkDuplicate: true }
}
