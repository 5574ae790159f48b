import type { NewTask, QueueReply } from '../../broker.js'
import { recordOf } from '../layout/records.js'
import { taskArguments } from '../layout/arguments.js'
import type { ScriptInput } from '../scripts/script.js'
import { chunkTasks } from '../layout/chunks.js'
import type { RedisSession } from './redis-session.js'

export async function queue(
  session: RedisSession,
  queue: string,
  tasks: readonly NewTask[],
): Promise<readonly QueueReply[]> {
  await session.register(queue)
  const chunks = await Promise.all(chunkTasks(tasks).map((chunk) => queueChunk(session, queue, chunk)))
  return chunks.flat()
}

async function queueChunk(session: RedisSession, queue: string, tasks: readonly NewTask[]): Promise<QueueReply[]> {
  const keys = session.keysOf(queue)
  const input = (isResent: boolean): ScriptInput => {
    const done: string[] = []
    const list = tasks.flatMap((task) => {
      // When the call is sent again, its tasks may be over already. Only their records show that.
      if (!task.checkDuplicate && !isResent) return taskArguments(task, 0)
      return taskArguments(task, done.push(keys.done(task.id)))
    })
    return { list, keys: done }
  }
  const connection = session.connectionFor(tasks.map(({ body }) => body))
  const reply = (await session.run('queue/queue', queue, input(false), () => input(true), connection)) as unknown[]
  return tasks.map(({ id }, i) => {
    const [isNew, queuedAt, record] = reply.slice(i * 3, i * 3 + 3) as [number, Buffer, Buffer]
    return {
      id,
      verdict: isNew === 1 ? 'queued' : 'duplicate',
      queuedAt: Number(queuedAt),
      record: record.length > 0 ? recordOf(queue, id, record) : null,
    }
  })
}
