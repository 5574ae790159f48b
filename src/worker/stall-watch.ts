import type { Run } from '../execution/run.js'
import { sharedClock } from '../util/clock.js'
import { clearInterval, setInterval, systemTime } from '../util/timers.js'

/** Layout of the memory that the main thread and the heartbeat thread share. */
export const STALL_CELLS = {
  /** When the event loop last turned, ms on the shared clock; 0: the worker has not started, or has stopped. */
  tick: 0,
  /** When the first of the runs was due to be over, ms on the shared clock; Infinity: none has a timeout. */
  deadline: 1,
  /** 1 while a debugger can pause the main thread. */
  inspected: 2,
} as const

const TICK_INTERVAL = 200

/**
 * Shows the heartbeat thread that the main thread's event loop still turns. Created by the `Worker`. The heartbeat thread
 * renews the leases even while the event loop is blocked. So it kills a process whose event loop does not turn although one of
 * its runs should have timed out: nothing else can end that run.
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
    this.#cells[STALL_CELLS.tick] = 0
  }

  /** Called when a run begins, since it may block the event loop from then on. */
  begun(run: Run): void {
    if (run.timeout === 0) return
    const deadline = this.#cells[STALL_CELLS.deadline] ?? Infinity
    this.#cells[STALL_CELLS.deadline] = Math.min(deadline, deadlineOf(run))
  }

  #tick(): void {
    let first = Infinity
    for (const run of this.running()) first = Math.min(first, deadlineOf(run))
    this.#cells[STALL_CELLS.deadline] = first
    this.#cells[STALL_CELLS.inspected] = isInspected() ? 1 : 0
    this.#cells[STALL_CELLS.tick] = sharedClock()
  }
}

/** The time at which a run times out, on the shared clock. Infinity for a run without timeout, not begun, or told to stop. */
function deadlineOf(run: Run): number {
  if (run.timeout === 0 || run.startedAt === 0 || run.abortReason !== null) return Infinity
  return sharedClock() - (systemTime() - run.startedAt) + run.timeout
}

/** Whether this process listens to debuggers. One that pauses it at a breakpoint stops its event loop. */
function isInspected(): boolean {
  return process.features.inspector && process.getBuiltinModule('node:inspector').url() !== undefined
}
