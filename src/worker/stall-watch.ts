import type { Run } from '../execution/run.js'
import { sharedClock } from '../util/clock.js'

/** Places in the memory that the main loop and the heartbeat thread share. Values: ms on the shared clock. */
export const STALL_CELLS = { tick: 0, deadline: 1 } as const

const TICK_EVERY = 200

/**
 * The main loop's sign of life for the heartbeat thread. Made by the worker. A lease is renewed whatever the loop does;
 * in return the thread ends a process whose loop has not ticked since long after every running task was due to be over.
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
    }, TICK_EVERY)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** A run begins: it may block the loop from here on. */
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

/** Infinity when the run has no timeout: then the stall limit alone decides. */
function deadlineOf(run: Run): number {
  if (run.timeout === 0) return Infinity
  return sharedClock() - (Date.now() - run.startedAt) + run.timeout
}
