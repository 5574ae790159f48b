import { performance } from '../util/timers.js'

/** Most tasks that one claim asks for. */
export const MOST_CLAIMED = 256
/** Most tasks that a worker holds: one claim is run while the next one is under way. */
const MOST_HELD = 2 * MOST_CLAIMED
/** Growth of the number of held tasks with each claim that was filled. */
const GROWTH = 4
/** Time in which the held tasks should have started, ms. A run that takes longer ends claiming ahead. */
export const SHORT_RUN = 10
/** Shortest time over which the pace of the runs is measured, ms. Answers may come together, with no end of a run between them. */
const SHORTEST_MEASURE = 1

/**
 * How many tasks a claim loop holds at once, running ones included. It starts with the number of slots. While claims are
 * filled and runs are short, more are claimed than there are free slots, so that no slot waits for the store. What is held
 * would run within a few milliseconds.
 */
export class ClaimAhead {
  #target: number
  /** Ends of runs since the measure began, and the time of that, ms. */
  #ends = 0
  #since = 0
  /** Ends of runs a ms, as measured last; null: not yet. */
  #pace: number | null = null
  #wasFilled = false
  /** Runs that ended since the last long one, up to the number of slots: by then each slot may have had a short one. */
  #shortEnds = 0

  constructor(private slots: number) {
    this.#target = slots
  }

  /** Most tasks to hold. */
  get target(): number {
    return this.#target
  }

  /** Most tasks of one claim. While one claim runs, the next one is under way, so each brings half. */
  get claim(): number {
    const half = this.isAhead ? Math.ceil(this.#target / 2) : this.#target
    return Math.min(half, MOST_CLAIMED)
  }

  get isAhead(): boolean {
    return this.#target > this.slots
  }

  /** The worker has another number of slots. */
  resize(slots: number): void {
    this.slots = slots
    this.holdBack()
  }

  /** A run has ended. One that was long is told by {@link holdBack}, too. */
  ended(): void {
    this.#ends += 1
    if (this.#shortEnds < this.slots) this.#shortEnds += 1
  }

  /** A claim was answered. @param isFilled - whether it has brought as many tasks as it asked for */
  claimed(isFilled: boolean): void {
    if (!isFilled) this.#target = Math.max(this.slots, Math.ceil(this.#target / 2))
    // One claim that is filled may have met a lone task: a second one in a row tells that there is a backlog.
    else if (this.#wasFilled && this.#shortEnds === this.slots) this.#grow()
    else this.#measure()
    this.#wasFilled = isFilled
  }

  /**
   * Runs are long, or wait for permits. Nothing is claimed ahead until as many short runs as there are slots have ended, and two more
   * claims in a row are filled.
   */
  holdBack(): void {
    this.#target = this.slots
    this.#wasFilled = false
    this.#shortEnds = 0
  }

  #grow(): void {
    const now = performance.now()
    if (now - this.#since >= SHORTEST_MEASURE) {
      this.#pace = this.#ends / (now - this.#since)
      this.#ends = 0
      this.#since = now
    }
    const most = this.#pace === null ? MOST_HELD : this.slots + Math.floor(this.#pace * SHORT_RUN)
    this.#target = Math.max(this.slots, Math.min(this.#target * GROWTH, most, MOST_HELD))
  }

  #measure(): void {
    this.#ends = 0
    this.#since = performance.now()
    this.#pace = null
  }
}
