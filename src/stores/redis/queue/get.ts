import type { TaskRecord } from '../../../model/task-record.js'
import { bytesOf, bytesOfBuffer, textOf } from '../layout/bytes.js'
import { chunkIds } from '../layout/chunks.js'
import { unescaped } from '../layout/escaped.js'
import { liveRecord, recordOf } from '../layout/records.js'
import type { RedisSession } from './redis-session.js'

/** Kinds of a reply: neither live nor finished; live. */
const [NONE, LIVE] = [0, 1]
/** Values that the reply has for each id. */
const WIDTH = 6

export async function get(
  session: RedisSession,
  queue: string,
  ids: readonly string[],
  inbox: string | null = null,
): Promise<readonly (TaskRecord | null)[]> {
  const hearing = inbox === null ? null : session.inboxes.hear(queue, inbox)
  hearing?.catch(() => undefined)
  const chunks = chunkIds(ids)
  return await session.turns.take(queue, hearing || chunks.length > 1 ? 'steps' : 'slots', async () => {
    if (hearing) await hearing
    return await getEach(session, queue, chunks, inbox)
  })
}

async function getEach(
  session: RedisSession,
  queue: string,
  chunks: readonly (readonly string[])[],
  inbox: string | null,
): Promise<readonly (TaskRecord | null)[]> {
  const records: (TaskRecord | null)[] = []
  for (const chunk of chunks) {
    const reply = (await session.runOverSlots('queue/get', queue, ({ slots, keys }) => ({
      args: { inbox: bytesOf(inbox ?? ''), slots },
      list: chunk.map(bytesOf),
      keys,
    }))) as unknown[]
    chunk.forEach((id, i) => {
      const [kind, ...rest] = reply.slice(i * WIDTH, (i + 1) * WIDTH) as [number, ...Buffer[]]
      records.push(readRecord(queue, id, kind, rest))
    })
  }
  return records
}

function readRecord(queue: string, id: string, kind: number, rest: readonly Buffer[]): TaskRecord | null {
  if (kind === NONE) return null
  const [value, worker, since, progress, attempts] = rest.map(bytesOfBuffer)
  if (value === undefined || progress === undefined || attempts === undefined) return null
  if (kind !== LIVE) return recordOf(queue, id, value)
  const holder =
    worker === undefined || worker === '' ? null : { worker: unescaped(textOf(worker)), claimedAt: Number(since) }
  return liveRecord(queue, id, value, { holder, progress, attempts })
}
