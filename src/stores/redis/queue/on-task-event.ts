import type { TaskRecord } from '../../../model/task-record.js'
import type { Subscription } from '../../../util/subscription.js'
import type { TaskEvent } from '../../broker.js'
import type { RedisSession } from './redis-session.js'

export async function onTaskEvent(
  { events }: RedisSession,
  listener: (event: TaskEvent, record: TaskRecord) => void,
): Promise<Subscription> {
  return await events.listen(listener)
}
