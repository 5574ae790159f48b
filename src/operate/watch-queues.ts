import { isPulsarError } from '../errors.js'
import { errorMessage } from '../util/thrown.js'
import { pause } from '../util/timers.js'
import type { StoreOverview } from './looks.js'

/** How often the queues and workers are looked at, ms. */
export const LOOK_EVERY = 2_000

/** Who is told what the looks see. */
export interface QueueWatcher {
  seen(look: StoreOverview): void | Promise<void>
  /** Nothing could be looked at: why, in a sentence. The next look asks again. */
  away(says: string): void
}

/**
 * Looks at the queues and workers of a store over and over, until a signal ends it. The page and `pq top` both watch through it, so that
 * neither asks a store more often than the other.
 */
export async function watchQueues(
  look: () => Promise<StoreOverview>,
  watcher: QueueWatcher,
  end: AbortSignal,
): Promise<void> {
  while (!end.aborted) {
    try {
      await watcher.seen(await look())
    } catch (error) {
      watcher.away(troubleOf(error))
    }
    await pause(LOOK_EVERY, end)
  }
}

/** Why nothing can be looked at. A store that answers with an error is not away. */
function troubleOf(error: unknown): string {
  const what = isPulsarError(error, 'PQ_BROKER_UNREACHABLE') ? 'The store does not answer' : 'The store cannot be read'
  return `${what}: ${errorMessage(error)}.`
}
