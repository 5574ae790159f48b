import { isPulsarError } from '../../../errors.js'
import { toError } from '../../../util/thrown.js'
import { resultCode } from '../database/sqlite-errors.js'
import { clearInterval, setInterval, setTimeout } from '../../../util/timers.js'

/** Work that a timer or a watcher starts. */
export type Act = () => void | Promise<void>

/**
 * The only place where timers and watchers call into a store. Nobody awaits these calls, so their errors must not end the
 * process; the next call tries again. After `close()` nothing is called any more.
 */
export class GuardedTimers {
  readonly #timers = new Set<NodeJS.Timeout>()
  #closed = false

  /** Calls `act` every `ms`. Does not keep the process alive. */
  every(ms: number, act: Act): NodeJS.Timeout {
    const timer = setInterval(this.guarded(act), ms).unref()
    this.#timers.add(timer)
    return timer
  }

  /** Calls `act` once, `ms` from now. Does not keep the process alive. */
  after(ms: number, act: Act): void {
    const guarded = this.guarded(act)
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      guarded()
    }, ms).unref()
    this.#timers.add(timer)
  }

  /** `act` as a callback that neither throws nor does anything after `close`. */
  guarded(act: Act): () => void {
    return () => {
      void this.#run(act)
    }
  }

  close(): void {
    this.#closed = true
    for (const timer of this.#timers) clearInterval(timer)
    this.#timers.clear()
  }

  async #run(act: Act): Promise<void> {
    if (this.#closed) return
    try {
      await act()
    } catch (error) {
      // A database that is busy, full, recovering or closed: calls that somebody awaits report that.
      if (resultCode(error) === undefined && !isPulsarError(error)) process.emitWarning(toError(error))
    }
  }
}
