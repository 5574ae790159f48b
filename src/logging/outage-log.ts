import { performance } from '../util/timers.js'
import type { Logger } from './logger.js'

/**
 * Writes of something that is tried again until it works: one line when it begins to fail, and one when it works again, with
 * the number of failures. What fails in between is only for `debug`. Created by whoever tries again.
 */
export class OutageLog {
  #failures = 0
  #since = 0

  constructor(
    private readonly logger: Logger,
    /** Line that is written when it works again. */
    private readonly recovered: string,
    private readonly level: 'warn' | 'error' = 'warn',
  ) {}

  /** It failed. */
  failed(message: string, data?: Readonly<Record<string, unknown>>): void {
    if (this.#failures === 0) this.#since = performance.now()
    this.logger[this.#failures === 0 ? this.level : 'debug'](message, data)
    this.#failures += 1
  }

  /** It worked. Writes nothing unless it had failed before. */
  succeeded(): void {
    if (this.#failures === 0) return
    const seconds = Math.round((performance.now() - this.#since) / 1_000)
    this.logger.info(this.recovered, { failures: this.#failures, seconds })
    this.#failures = 0
  }
}
