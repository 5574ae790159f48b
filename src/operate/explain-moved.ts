import type { TaskHeader } from '../model/task-record.js'
import type { Broker } from '../stores/broker.js'
import type { QueueInspection } from '../stores/operations-store.js'
import { shellWord } from '../util/shell-word.js'
import { errorMessage } from '../util/thrown.js'
import { inWords } from './in-words.js'
import type { ExplainReason, MovedTo } from './looks.js'
import { isOfStore } from './read-each.js'

/** Where a task goes on that was moved, and whether it is there. */
export interface Moved extends MovedTo {
  readonly isThere: boolean
  /** Why that queue cannot be read; null: it can. */
  readonly trouble: string | null
}

/** Looks for a task that was moved. Null: it was not. */
export async function findMoved(broker: Broker, moved: MovedTo | null): Promise<Moved | null> {
  if (moved === null) return null
  if (moved.id === null) return { ...moved, isThere: false, trouble: null }
  try {
    const [record] = await broker.get(moved.queue, [moved.id])
    return { ...moved, isThere: record !== null && record !== undefined, trouble: null }
  } catch (error) {
    if (isOfStore(error)) throw error
    return { ...moved, isThere: false, trouble: errorMessage(error) }
  }
}

/** @param queue - that it has left */
export function explainMoved(header: TaskHeader, moved: Moved, { now, moving = 0 }: QueueInspection): ExplainReason {
  const { queue, id, isThere, trouble } = moved
  const evidence = { movedTo: queue, movedAs: id, movedAt: header.endedAt, isThere }
  const when = `${inWords(now - header.endedAt)} ago`
  const as = id === null ? '' : ` as ${id}`
  const reason = { code: 'MOVED', evidence } as const
  if (isThere && id !== null)
    return { ...reason, says: `it was moved to queue ${queue}${as}, ${when}`, fix: `pq explain ${shellWord(id)}` }
  if (trouble !== null) {
    const says = `it has been on its way to queue ${queue}${as} for ${inWords(now - header.endedAt)}, or was there: that queue cannot be read: ${trouble}`
    return { ...reason, says, fix: 'mend that queue, as pq doctor says; the next pq move brings what is on its way' }
  }
  if (moving > 0 && id !== null) {
    const says = `it has been on its way to queue ${queue}${as} for ${inWords(now - header.endedAt)}: whoever moves it has not finished, or has died`
    const fix = `a worker of queue ${header.queue} brings it there after a minute, and any pq move at once: pq move id:none --to ${shellWord(queue)} --yes`
    return { ...reason, says, fix }
  }
  return {
    ...reason,
    says: `it was moved to queue ${queue}${as}, ${when}; no record of it is there any more`,
    fix: null,
  }
}
