import { isPulsarError } from '../errors.js'
import { pause } from '../util/timers.js'
import type { Control } from './control.js'
import type { QueueOverview, WorkerOverview } from './looks.js'

/** How often the queues are looked at, ms, and after how many such looks the workers are. */
export const LOOK_EVERY = 2_000
const WORKERS_EVERY = 3

/** What one look has seen. */
export interface QueueLook {
  readonly queues: readonly QueueOverview[]
  /** Undefined: this look was at the queues alone, or the store keeps no workers. */
  readonly workers: readonly WorkerOverview[] | undefined
}

/** Who is told what the looks see. */
export interface QueueWatcher {
  seen(look: QueueLook): void | Promise<void>
  /** The store did not answer. The next look asks again. */
  away(error: unknown): void
}

/**
 * Looks at the queues and workers of a store over and over, until a signal ends it. The page and `pq top` both watch through it, so that
 * neither asks a store more often than the other.
 */
export async function watchQueues(control: () => Control, watcher: QueueWatcher, end: AbortSignal): Promise<void> {
  for (let turn = 0; !end.aborted; turn++) {
    try {
      const queues = await control().queues()
      const workers = turn % WORKERS_EVERY === 0 ? await workersOf(control()) : undefined
      await watcher.seen({ queues, workers })
    } catch (error) {
      watcher.away(error)
    }
    await pause(LOOK_EVERY, end)
  }
}

/** Undefined: the store keeps none, as one of the application's own may. */
async function workersOf(control: Control): Promise<readonly WorkerOverview[] | undefined> {
  try {
    return await control.workers()
  } catch (error) {
    if (isPulsarError(error, 'PQ_NOT_KEPT')) return undefined
    throw error
  }
}
