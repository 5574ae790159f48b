import { Backoff } from '../util/backoff.js'
import type { LongTimeout } from '../util/long-timeout.js'
import { longTimeout } from '../util/long-timeout.js'
import type { Unsettled } from './settle-sender.js'

/** About the first and the longest pause between two tries of one outcome, ms. */
const FIRST_PAUSE = 200
const LONGEST_PAUSE = 30_000
/** Tries after which a worker that stops gives an outcome up: about three seconds after the first one. */
const MOST_TRIES_WHEN_STOPPING = 4

/**
 * Outcomes that the store refused for good, and that nothing else waits for. Created by the claim loop. Each is sent again after
 * pauses of its own, which grow: what the store refuses now it may take when someone has mended it.
 */
export class SetAside {
  readonly #waiting = new Map<Unsettled, LongTimeout>()

  /** @param again - called with each outcome when its pause is over */
  constructor(private readonly again: (outcome: Unsettled) => void) {}

  get count(): number {
    return this.#waiting.size
  }

  /** Whether the outcome has been tried often enough for a worker that stops. */
  static isHopeless({ patience }: Unsettled): boolean {
    return patience !== undefined && patience.failures >= MOST_TRIES_WHEN_STOPPING
  }

  add(refused: Unsettled): void {
    const patience = refused.patience ?? new Backoff(FIRST_PAUSE, LONGEST_PAUSE)
    const outcome = { ...refused, patience }
    const timer = longTimeout(() => {
      this.#waiting.delete(outcome)
      this.again(outcome)
    }, patience.failed())
    this.#waiting.set(outcome, timer)
  }

  all(): readonly Unsettled[] {
    return [...this.#waiting.keys()]
  }

  /** Ends all pauses. @returns the outcomes */
  takeAll(): readonly Unsettled[] {
    const outcomes = [...this.#waiting.keys()]
    for (const timer of this.#waiting.values()) timer.clear()
    this.#waiting.clear()
    return outcomes
  }
}
