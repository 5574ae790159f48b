import { bytesOf, bytesOfBuffer, textOf } from '../layout/bytes.js'
import { pack } from '../layout/packed.js'
import type { RedisSession } from '../queue/redis-session.js'
import type { StuckTarget } from './move.js'
import { arriveEach } from './move.js'

/** @param age - only of tasks that have left the queue as long ago, ms */
export async function finishMoves(session: RedisSession, queue: string, age = 0): Promise<number> {
  let finished = 0
  const stuck = new Map<string, StuckTarget>()
  for (;;) {
    const args = { age, stuck: pack([...stuck.keys()].map(bytesOf)) }
    const reply = ((await session.run('operations/moving', queue, { args })) as Buffer[]).map(bytesOfBuffer)
    if (reply.length === 0) break
    const tasks = reply.flatMap((id, i) => (i % 2 === 0 ? [{ id: textOf(id), note: reply[i + 1] ?? bytesOf('') }] : []))
    const left = await arriveEach(session, queue, tasks)
    for (const each of left) stuck.set(each.target, each)
    if (left.length === 0) finished += tasks.length
  }
  for (const { error } of stuck.values()) throw error
  return finished
}
