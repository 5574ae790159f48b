import type { Broker } from '../stores/broker.js'
import { orLate } from '../util/or-late.js'

/** The sources of readiness. */
export interface HealthParts {
  readonly broker: Broker
  /** The queue whose size is asked for, to see that the store answers. */
  readonly queue: string
  /** Why no worker consumes; null when one does. */
  readonly notConsuming: () => string | null
}

/** A store that does not answer for this long counts as unreachable, ms. */
const STORE_LIMIT = 2_000

/** Why this node is not ready: no worker consumes, or the store does not answer. Null when it is ready. */
export async function notReady({ broker, queue, notConsuming }: HealthParts): Promise<string | null> {
  const reason = notConsuming()
  if (reason !== null) return reason
  const answer = broker.size(queue).then(
    () => null,
    () => 'the store cannot be reached',
  )
  const told = await orLate(answer, STORE_LIMIT)
  return told === 'late' ? 'the store does not answer' : told
}
