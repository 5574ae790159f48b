import type { Run } from '../execution/run.js'
import { sharedClock } from '../util/clock.js'
import { clearInterval, setInterval, systemTime } from '../util/timers.js'

/** Layout of the memory that the main thread and the heartbeat thread share. Values: ms on the shared clock. */
export const STALL_CELLS = { tick: 0, deadline: 1 } as const

const TICK_INTERVAL = 200

/**
 * Shows the heartbeat thread that the main thread's event loop still turns. Created by the `Worker`. The heartbeat thread
 * renews the leases even while the event loop is blocked. So it kills a process whose event loop does not turn, and whose
 * runs should all have timed out.
 */
export class StallWatch {
  readonly #cells: Float64Array
  #timer: NodeJS.Timeout | undefined

  constructor(
    memory: SharedArrayBuffer,
    private readonly running: () => Iterable<Run>,
  ) {
    this.#cells = new Float64Array(memory)
  }

  start(): void {
    this.#tick()
    this.#timer = setInterval(() => {
      this.#tick()
    }, TICK_INTERVAL)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** Called when a run begins, since it may block the event loop from then on. */
  begun(run: Run): void {
    const deadline = this.#cells[STALL_CELLS.deadline] ?? 0
    const own = deadlineOf(run)
    this.#cells[STALL_CELLS.deadline] = Math.max(deadline, own)
  }

  #tick(): void {
    this.#cells[STALL_CELLS.tick] = sharedClock()
    let latest = 0
    for (const run of this.running()) latest = Math.max(latest, deadlineOf(run))
    this.#cells[STALL_CELLS.deadline] = latest
  }
}

/** The time at which a run times out, on the shared clock. Infinity for a run without timeout: then the stall limit decides. */
function deadlineOf(run: Run): number {
  if (run.timeout === 0) return Infinity
  return sharedClock() - (systemTime() - run.startedAt) + run.timeout
}
