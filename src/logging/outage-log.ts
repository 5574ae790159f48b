import { performance } from '../util/timers.js'
import type { Logger } from './logger.js'

/**
 * Writes of something that is tried again until it works: one line when it begins to fail, and one when it works again, with
 * the number of failures. What fails in between is only for `debug`. Created by whoever tries again.
 *
 * Where several things are tried side by side, such as the renewals of several leases, each is a subject. An outage is over
 * when none of its subjects fails any more.
 */
export class OutageLog {
  #failures = 0
  #since = 0
  readonly #failing = new Set<string>()

  constructor(
    private readonly logger: Logger,
    /** Line that is written when it works again. */
    private readonly recovered: string,
    private readonly level: 'warn' | 'error' = 'warn',
  ) {}

  /** It failed. */
  failed(message: string, subject = ''): void {
    this.#failing.add(subject)
    if (this.#failures === 0) this.#since = performance.now()
    this.logger[this.#failures === 0 ? this.level : 'debug'](message)
    this.#failures += 1
  }

  /** It worked. Writes nothing unless it had failed before, nor while another subject fails. */
  succeeded(subject = ''): void {
    this.#failing.delete(subject)
    if (this.#failures === 0 || this.#failing.size > 0) return
    const seconds = Math.round((performance.now() - this.#since) / 1_000)
    this.logger.info(this.recovered, { failures: this.#failures, seconds })
    this.#failures = 0
  }

  /** It is not tried any more. The outage is over with the next success of another subject. */
  ended(subject: string): void {
    this.#failing.delete(subject)
  }

  isFailing(subject: string): boolean {
    return this.#failing.has(subject)
  }
}
