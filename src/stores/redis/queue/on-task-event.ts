import type { TaskRecord } from '../../../model/task-record.js'
import type { Subscription } from '../../../util/subscription.js'
import type { TaskEvent } from '../../broker.js'
import { get } from './get.js'
import type { RedisSession } from './redis-session.js'

export async function onTaskEvent(
  session: RedisSession,
  listener: (event: TaskEvent, record: TaskRecord) => void,
): Promise<Subscription> {
  return await session.events.listen(async (queue, ids) => await get(session, queue, ids), listener)
}
