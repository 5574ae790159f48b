import type { Lock } from '../locks/lock.js'
import type { LockOptions, Locks } from '../locks/locks.js'
import type { Logger } from '../logging/logger.js'
import { checkWait } from '../model/check-wait.js'
import type { Run } from './run.js'
import { errorMessage } from '../util/thrown.js'

/** The locks of the runs in this process. A lock that a run still holds at its end is released then. Created by the wiring. */
export class RunLocks {
  constructor(
    private readonly locks: Locks,
    private readonly logger: Logger,
  ) {}

  async lock(run: Run, name: string, options?: LockOptions): Promise<Lock> {
    const limits = checkWait(options)
    const signal = limits.signal ? AbortSignal.any([limits.signal, run.lifetime]) : run.lifetime
    return this.#of(run, await this.locks.lock(name, { ...limits, signal }))
  }

  async tryLock(run: Run, name: string): Promise<Lock | null> {
    run.lifetime.throwIfAborted()
    const lock = await this.locks.tryLock(name)
    return lock === null ? null : this.#of(run, lock)
  }

  #of(run: Run, lock: Lock): Lock {
    const release = (): void => {
      lock.release().catch((error: unknown) => {
        this.logger.warn(
          `lock ${lock.name} could not be released, and is free when its permit expires: ${errorMessage(error)}`,
        )
      })
    }
    if (run.lifetime.aborted) {
      release()
      throw run.lifetime.reason
    }
    run.lifetime.addEventListener('abort', release, { once: true })
    return lock
  }
}
