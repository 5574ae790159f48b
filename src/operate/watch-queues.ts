import { pause } from '../util/timers.js'
import type { Control } from './control.js'
import type { StoreOverview } from './looks.js'

/** How often the queues and workers are looked at, ms. */
export const LOOK_EVERY = 2_000

/** Who is told what the looks see. */
export interface QueueWatcher {
  seen(look: StoreOverview): void | Promise<void>
  /** The store did not answer. The next look asks again. */
  away(error: unknown): void
}

/**
 * Looks at the queues and workers of a store over and over, until a signal ends it. The page and `pq top` both watch through it, so that
 * neither asks a store more often than the other.
 */
export async function watchQueues(control: () => Control, watcher: QueueWatcher, end: AbortSignal): Promise<void> {
  while (!end.aborted) {
    try {
      await watcher.seen(await control().overview())
    } catch (error) {
      watcher.away(error)
    }
    await pause(LOOK_EVERY, end)
  }
}
