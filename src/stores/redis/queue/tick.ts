import type { Tick, TickReply } from '../../broker.js'
import { bytesOf, NONE } from '../layout/bytes.js'
import { taskArguments } from '../layout/task-arguments.js'
import type { ScriptInput } from '../scripts/script.js'
import type { RedisSession, SlotInput } from './redis-session.js'

export async function tick(session: RedisSession, queue: string, tick: Tick): Promise<TickReply> {
  const { job, expected, at, schedule, task, operation } = tick
  const preparation = session.prepare(queue, task ? [task] : [])
  preparation?.catch(() => undefined)
  const args = {
    job: bytesOf(job),
    expected: expected ?? NONE,
    at,
    schedule: bytesOf(schedule),
    operation: task === null ? NONE : bytesOf(operation),
    ...taskArguments(task ? [task] : []),
  }
  const connection = session.connectionFor(task === null ? [] : [task.body])
  const input = ({ slots, keys }: SlotInput): ScriptInput => ({ args: { ...args, slots }, keys })
  const isOneStep = !preparation && connection === session.connection
  const reply = await session.turns.take(queue, isOneStep ? 'slots' : 'steps', async () => {
    if (preparation) await preparation
    return await session.runOverSlots('queue/tick', queue, input, connection)
  })
  const [last, now, queued, paused] = reply as [Buffer, Buffer, number, number]
  const taken = { queued: queued === 1, last: last.length === 0 ? null : Number(last), now: Number(now) }
  return paused === 1 ? { ...taken, paused: true } : taken
}
