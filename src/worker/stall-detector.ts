import { STALL_CELLS } from './stall-watch.js'

/** An event loop gets this long to tick after the deadline of one of its runs, ms. */
const DEADLINE_GRACE = 5_000
/** A look that comes later than this was held up, together with the whole process: it was stopped, or the machine slept. ms. */
const LATE = 1_000

/** Tells the heartbeat thread whether the main thread's event loop is stuck. Created there. Times in ms on the shared clock. */
export class StallDetector {
  readonly #cells: Float64Array
  #lastLook: number | null = null

  /**
   * @param memory - laid out by `STALL_CELLS`
   * @param interval - time between two looks
   */
  constructor(
    memory: SharedArrayBuffer,
    private readonly stallLimit: number,
    private readonly interval: number,
  ) {
    this.#cells = new Float64Array(memory)
  }

  /** @returns for how long the loop has been silent, where that is too long; else null */
  look(now: number): number | null {
    const isLate = this.#lastLook !== null && now - this.#lastLook > this.interval + LATE
    this.#lastLook = now
    const tick = this.#cells[STALL_CELLS.tick] ?? 0
    if (isLate || tick === 0 || this.#cells[STALL_CELLS.inspected] === 1) return null
    const silent = now - tick
    const deadline = this.#cells[STALL_CELLS.deadline] ?? Infinity
    const isStuck = silent > this.stallLimit || (silent > DEADLINE_GRACE && now > deadline + DEADLINE_GRACE)
    return isStuck ? silent : null
  }
}
