import { HistoryChangedError } from '../../../errors.js'
import { bytesOf } from '../layout/bytes.js'
import { escaped } from '../layout/escaped.js'
import type { RedisSession } from './redis-session.js'

export async function leave(session: RedisSession, queue: string, worker: string): Promise<void> {
  const { changes } = session.historyOf(queue)
  // The store would give tasks to others whose ends were recorded in the history before.
  const check = () => {
    if (session.historyOf(queue).changes !== changes) throw new HistoryChangedError(queue, worker)
  }
  await session.run('queue/leave', queue, { args: { worker: bytesOf(escaped(worker)) }, check })
  session.leases.left(worker, session.keysOf(queue).channels, changes)
}
