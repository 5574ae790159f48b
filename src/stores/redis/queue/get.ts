import type { TaskRecord } from '../../../model/task-record.js'
import { liveRecord, recordOf } from '../layout/records.js'
import { chunkIds } from '../layout/chunks.js'
import type { RedisSession } from './redis-session.js'

/** Kinds of a reply: neither live nor finished; live. */
const [NONE, LIVE] = [0, 1]

export async function get(
  session: RedisSession,
  queue: string,
  ids: readonly string[],
  inbox: string | null = null,
): Promise<readonly (TaskRecord | null)[]> {
  const keys = session.keysOf(queue)
  const records: (TaskRecord | null)[] = []
  for (const chunk of chunkIds(ids)) {
    const reply = (await session.run('queue/get', queue, {
      args: { inbox: inbox ?? '' },
      list: chunk,
      keys: chunk.map((id) => keys.done(id)),
    })) as unknown[]
    chunk.forEach((id, i) => {
      const [kind, value, held, progress] = reply.slice(i * 4, i * 4 + 4) as [number, Buffer, Buffer, Buffer]
      if (kind === NONE) records.push(null)
      else records.push(kind === LIVE ? liveRecord(queue, id, value, held, progress) : recordOf(queue, id, value))
    })
  }
  return records
}
