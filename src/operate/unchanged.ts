import type { TaskRecord } from '../model/task-record.js'
import { retryId } from '../model/task-id.js'
import type { ActName, PlanOptions } from './acts.js'
import type { ControlParts } from './control-parts.js'

/** Of some tasks of a queue, the ids of those on which an act would change nothing. */
export type Unchanged = (queue: string, records: readonly TaskRecord[]) => Promise<ReadonlySet<string>>

/** What an act on single tasks has done already. Null: whatever it has changed is no longer where it looks. */
export function unchangedBy({ broker }: ControlParts, act: ActName, to: PlanOptions['to']): Unchanged | null {
  if (act === 'retry') {
    return async (queue, records) => {
      const retries = await broker.get(
        queue,
        records.map(({ header }) => retryId(header.id)),
      )
      return idsOf(records.filter((_, i) => retries[i] !== null))
    }
  }
  if (to === undefined) return null
  if (act === 'move') return async (queue, records) => await Promise.resolve(idsOf(queue === to ? records : []))
  if (act !== 'prioritize') return null
  return async (_, records) => await Promise.resolve(idsOf(records.filter(({ header }) => header.priority === to)))
}

function idsOf(records: readonly TaskRecord[]): ReadonlySet<string> {
  return new Set(records.map(({ header }) => header.id))
}
