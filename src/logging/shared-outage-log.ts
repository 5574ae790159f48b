import type { Logger } from './logger.js'
import { OutageLog } from './outage-log.js'

/**
 * An {@link OutageLog} for several things of one kind, such as the limits of a worker, which fail and work independently: one line
 * when the first of them begins to fail, and one when none fails any more. Created by whoever tries them again.
 */
export class SharedOutageLog {
  readonly #failing = new Set<string>()
  readonly #log: OutageLog

  constructor(logger: Logger, recovered: string, level: 'warn' | 'error' = 'warn') {
    this.#log = new OutageLog(logger, recovered, level)
  }

  /** It failed. @param name - tells the things apart */
  failed(name: string, message: string): void {
    this.#failing.add(name)
    this.#log.failed(message)
  }

  /** It worked. Writes nothing while another one fails. */
  succeeded(name: string): void {
    if (this.#failing.size > 0) this.#failing.delete(name)
    if (this.#failing.size === 0) this.#log.succeeded()
  }

  /** Forgets those that are no longer tried: the next success of another one ends the outage. */
  keep(isTried: (name: string) => boolean): void {
    for (const name of this.#failing) if (!isTried(name)) this.#failing.delete(name)
  }
}
