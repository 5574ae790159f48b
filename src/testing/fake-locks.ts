import { LockTimeoutError } from '../errors.js'
import type { Run } from '../execution/run.js'
import { Lock } from '../locks/lock.js'
import type { LockOptions } from '../locks/locks.js'
import { checkWait } from '../model/check-wait.js'
import { toMilliseconds } from '../model/duration.js'
import { checkName } from '../model/name.js'

/** A lock that a job got. */
export interface LockedCall {
  readonly name: string
  /** Whether the job itself released it before its end. */
  readonly released: boolean
}

/** The locks of a job in a test. All are free but those that the test names as taken. Created for one run. */
export class FakeLocks {
  readonly #calls: { name: string; released: boolean }[] = []
  #fence = 0

  /** @param taken - names of the locks that another holder has */
  constructor(private readonly taken: readonly string[]) {}

  get calls(): readonly LockedCall[] {
    return this.#calls
  }

  /** A taken lock never becomes free: without a timeout, the job waits for it until the run must stop. */
  async lock(run: Run, name: string, options?: LockOptions): Promise<Lock> {
    checkName('lock', name)
    const limits = checkWait(options)
    const limit = limits.timeout === undefined ? null : toMilliseconds(limits.timeout, 'timeout')
    const signal = limits.signal ? AbortSignal.any([limits.signal, run.lifetime]) : run.lifetime
    signal.throwIfAborted()
    const lock = this.tryLock(name)
    if (lock !== null) return lock
    if (limit !== null) throw new LockTimeoutError(name, limit)
    return await new Promise((_resolve, reject) => {
      const stop = (): void => {
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', stop, { once: true })
    })
  }

  tryLock(name: string): Lock | null {
    checkName('lock', name)
    const isHeld = this.#calls.some((call) => call.name === name && !call.released)
    if (isHeld || this.taken.includes(name)) return null
    const call = { name, released: false }
    this.#calls.push(call)
    return new Lock(name, ++this.#fence, () => {
      call.released = true
      return Promise.resolve(true)
    })
  }
}
