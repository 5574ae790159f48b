import type { TaskRecord } from '../../../model/task-record.js'
import { bufferOf, bytesOf, join } from '../layout/bytes.js'
import { cutter, RECORD_HEAD_LINES } from '../layout/cut.js'
import { pack, packBytes } from '../layout/packed.js'
import { announced } from '../layout/records.js'
import type { RedisSession } from './redis-session.js'

/** Sends the message that `notices.lua` describes. */
export async function announce(
  session: RedisSession,
  queue: string,
  event: 'started' | 'progress',
  records: readonly TaskRecord[],
): Promise<void> {
  const head = [event, queue, '0'].map((each) => packBytes(bytesOf(each)))
  const cut = cutter()
  const tasks = pack(
    records.flatMap((record) => [bytesOf(record.header.id), cut(announced(record), RECORD_HEAD_LINES)]),
  )
  const message = bufferOf(join([...head, tasks]))
  // Publishing takes a longer way than a script, and a settle that follows must not overtake it.
  await session.turns.take(queue, 'join', () =>
    session.connection.publishInSlot(`${session.keysOf(queue).channels}ev`, message),
  )
}
