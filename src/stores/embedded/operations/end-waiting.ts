import type { ActPlace } from '../../../model/act-place.js'
import type { Encoded } from '../../../model/encoded.js'
import type { EmbeddedSession } from '../queue/embedded-session.js'
import { revokeBy, revokeTask } from '../queue/revoke.js'
import { findTask } from '../tables/find-tasks.js'

/** Ends tasks that wait as REVOKED. Held tasks stay. */
export async function endWaiting(
  session: EmbeddedSession,
  queue: string,
  ids: readonly string[],
  outcome: Encoded,
  ttl: number,
  places: readonly ActPlace[],
): Promise<readonly boolean[]> {
  return await revokeBy(
    (transaction, id, ...how) => findTask(transaction, id)?.holder === null && revokeTask(transaction, id, ...how),
    session,
    queue,
    ids,
    outcome,
    ttl,
    places,
  )
}
