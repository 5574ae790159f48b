import type { RunReport, TaskHeader } from '../model/task-record.js'
import { REVOKED } from '../model/task-state.js'
import type { MovedTo } from './looks.js'

/** What the report of a task that was moved has of it. */
export function movedInfo(queue: string, id: string | undefined): Readonly<Record<string, string>> {
  return { movedTo: queue, ...(id !== undefined && { movedAs: id }) }
}

/** Where a task goes on that was moved; null: it was not. */
export function movedTo({ status }: TaskHeader, { info }: RunReport): MovedTo | null {
  const { movedTo: queue, movedAs: id } = info ?? {}
  if (status !== REVOKED || typeof queue !== 'string') return null
  return { queue, id: typeof id === 'string' ? id : null }
}
