import type { TaskRecord } from '../../../model/task-record.js'
import type { EmbeddedSession } from './embedded-session.js'

/** Passes events of running tasks on to the listeners. */
export async function announce(
  session: EmbeddedSession,
  _queue: string,
  event: 'started' | 'progress',
  records: readonly TaskRecord[],
): Promise<void> {
  const { namespace } = session
  const { queue: db, notifier } = session.store
  const messages = records.map((record) => ({ event, record }))
  // Without a look whether anyone listens: a settle that follows at once would tell of the ends first.
  await db.write((afterCommit) => notifier.notify('events', namespace, messages, afterCommit))
}
