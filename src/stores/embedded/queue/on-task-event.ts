import type { TaskRecord } from '../../../model/task-record.js'
import type { Subscription } from '../../../util/subscription.js'
import type { TaskEvent } from '../../broker.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Subscribes to the task events of all queues. */
export async function onTaskEvent(
  session: EmbeddedSession,
  listener: (event: TaskEvent, record: TaskRecord) => void,
): Promise<Subscription> {
  return await session.listen('events', null, {
    receive(message) {
      const { event, record } = message as { event: TaskEvent; record: TaskRecord }
      listener(event, record)
    },
  })
}
