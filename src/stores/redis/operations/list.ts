import type { TaskRecord } from '../../../model/task-record.js'
import type { ListedState, StoredPage } from '../../operations-store.js'
import { bytesOf, bytesOfBuffer, NONE, textOf } from '../layout/bytes.js'
import { unescaped } from '../layout/escaped.js'
import { liveRecord, recordOf } from '../layout/records.js'
import type { RedisSession } from '../queue/redis-session.js'

/** Values that the reply has for each task. */
const WIDTH = 5

export async function list(
  session: RedisSession,
  queue: string,
  state: ListedState,
  cursor: string | null,
  limit: number,
): Promise<StoredPage> {
  const reply = (await session.runOverSlotsInTurn('operations/list', queue, ({ slots, keys }) => ({
    args: { kind: bytesOf(state), cursor: bytesOf(cursor ?? ''), most: limit, slots },
    keys,
  }))) as Buffer[]
  const records: TaskRecord[] = []
  for (let at = 1; at < reply.length; at += WIDTH) records.push(readRecord(queue, reply.slice(at, at + WIDTH)))
  const next = textOf(bytesOfBuffer(reply[0] ?? Buffer.alloc(0)))
  if (state === 'recent') return { records, cursor: null, isSampled: next === 'sampled' }
  return { records, cursor: next === '' ? null : next }
}

function readRecord(queue: string, values: readonly Buffer[]): TaskRecord {
  const [id = NONE, kind, value = NONE, worker = NONE, since] = values.map(bytesOfBuffer)
  if (kind === '2') return recordOf(queue, textOf(id), value)
  const holder = worker === '' ? null : { worker: unescaped(textOf(worker)), claimedAt: Number(since) }
  return liveRecord(queue, textOf(id), value, { holder, progress: NONE, attempts: NONE })
}
