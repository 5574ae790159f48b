import type { TaskRecord } from '../../../model/task-record.js'
import { announcement } from '../layout/records.js'
import type { RedisSession } from './redis-session.js'

export async function announce(
  { connection, space }: RedisSession,
  _queue: string,
  event: 'started' | 'progress',
  records: readonly TaskRecord[],
): Promise<void> {
  const message = announcement(event, records)
  await connection.publish(`${space.channels}events`, message)
}
