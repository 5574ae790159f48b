import { bytesOf, bytesOfBuffer, textOf } from '../layout/bytes.js'
import type { RedisSession } from '../queue/redis-session.js'
import { arrive } from './move.js'

/** @param age - only of tasks that have left the queue as long ago, ms */
export async function finishMoves(session: RedisSession, queue: string, age = 0): Promise<number> {
  let finished = 0
  for (;;) {
    const reply = ((await session.run('operations/moving', queue, { args: { age } })) as Buffer[]).map(bytesOfBuffer)
    if (reply.length === 0) return finished
    const tasks = reply.flatMap((id, i) => (i % 2 === 0 ? [{ id: textOf(id), note: reply[i + 1] ?? bytesOf('') }] : []))
    await arrive(session, queue, tasks)
    finished += tasks.length
  }
}
