import type { Logger } from '../logging/logger.js'
import { OutageLog } from '../logging/outage-log.js'
import { Backoff } from '../util/backoff.js'
import type { LongTimeout } from '../util/long-timeout.js'
import { longTimeout } from '../util/long-timeout.js'
import { errorMessage } from '../util/thrown.js'

/** About the first and the longest pause, ms. */
const FIRST_PAUSE = 200
const LONGEST_PAUSE = 30_000

/**
 * The pause of a claim loop, which creates it: nothing is claimed for a while, since the store refused a claim, or a further
 * outcome together with its replacement. Nothing here can change that. Tasks that end meanwhile are settled.
 */
export class ClaimPause {
  #timer: LongTimeout | null = null
  readonly #pauses = new Backoff(FIRST_PAUSE, LONGEST_PAUSE)
  /** Space claims out where the store refuses the outcome of one task after another: their tasks would all run in vain. */
  readonly #refusalPauses = new Backoff(FIRST_PAUSE, LONGEST_PAUSE)
  readonly #outage: OutageLog

  /** @param over - called at the end of a pause */
  constructor(
    logger: Logger,
    private readonly queue: string,
    private readonly over: () => void,
  ) {
    this.#outage = new OutageLog(logger, `queue ${queue}: claims again`, 'error')
  }

  get isOn(): boolean {
    return this.#timer !== null
  }

  /** Does nothing during a pause. */
  begin(what: string, refusal: unknown): void {
    if (this.isOn) return
    this.#outage.failed(`queue ${this.queue}: ${what}, will try again: ${errorMessage(refusal)}`)
    this.#begin(this.#pauses)
  }

  /** The store refused the outcome of a further task for good. */
  beginForOutcome(): void {
    this.#begin(this.#refusalPauses)
  }

  /** The store has recorded outcomes. */
  recorded(): void {
    this.#refusalPauses.succeeded()
  }

  /** The store has answered a claim. */
  succeeded(): void {
    this.#pauses.succeeded()
    this.#outage.succeeded()
  }

  /** Ends the pause without a call of `over`. */
  clear(): void {
    this.#timer?.clear()
    this.#timer = null
    this.#pauses.succeeded()
    this.#refusalPauses.succeeded()
  }

  #begin(pauses: Backoff): void {
    this.#timer ??= longTimeout(() => {
      this.#timer = null
      this.over()
    }, pauses.failed())
  }
}
