import type { AuditEntry, OperationsStore } from '../stores/operations-store.js'
import { inWords } from './in-words.js'
import type { PausedBy } from './looks.js'

/** Most acts that are looked through. */
const MOST_ACTS = 500

/** Who has paused a queue that is paused; null: the audit log does not say. What is kept beside the tasks may be damaged alone. */
export async function readPausedBy(operations: OperationsStore, queue: string): Promise<PausedBy | null> {
  return pausedByIn(await recentActs(operations), queue)
}

/** The acts among which the pause of a queue is looked for, the latest first. Empty where they cannot be read. */
export async function recentActs(operations: OperationsStore): Promise<readonly AuditEntry[]> {
  return await operations.audit(MOST_ACTS).catch(() => [])
}

/** The same, of acts that were read. A pause behind which it was resumed is not the present one: a program has paused the queue since. */
export function pausedByIn(acts: readonly AuditEntry[], queue: string): PausedBy | null {
  const target = `queue:${queue}`
  const last = acts.find((entry) => entry.target === target && (entry.act === 'pause' || entry.act === 'resume'))
  if (last?.act !== 'pause') return null
  const { at, by, reason } = last
  return { at, by, reason }
}

/** ` for 5 min by ada@host (reason)`. @param now - ms since the epoch by the store's clock */
export function pausedByInWords(pausedBy: PausedBy | null, now: number): string {
  if (pausedBy === null) return ''
  const { at, by, reason } = pausedBy
  return ` for ${inWords(Math.max(0, now - at))} by ${by}${reason === null || reason === '' ? '' : ` (${reason})`}`
}
