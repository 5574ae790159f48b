import type { Tick, TickReply } from '../../broker.js'
import { taskArguments } from '../layout/arguments.js'
import type { RedisSession } from './redis-session.js'

export async function tick(session: RedisSession, queue: string, tick: Tick): Promise<TickReply> {
  await session.register(queue)
  const { job, expected, at, schedule, task } = tick
  const input = {
    args: { job, expected: expected ?? '', at, schedule },
    list: task === null ? [] : taskArguments(task, 0),
  }
  const connection = session.connectionFor(task === null ? [] : [task.body])
  const reply = await session.run('queue/tick', queue, input, undefined, connection)
  const [last, now, queued] = reply as [Buffer, Buffer, number]
  return { queued: queued === 1, last: last.length === 0 ? null : Number(last), now: Number(now) }
}
