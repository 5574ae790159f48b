import { randomBytes } from 'node:crypto'
import { ClosedError, LockTimeoutError } from '../errors.js'
import type { Logger } from '../logging/logger.js'
import { checkName } from '../model/name.js'
import type { PermitStore } from '../stores/permit-store.js'
import type { Duration } from '../model/duration.js'
import { toMilliseconds } from '../model/duration.js'
import { sharedClock } from '../util/clock.js'
import type { Subscription } from '../util/subscription.js'
import { checkWait } from '../model/check-wait.js'
import { acquiredInTime } from './acquired-in-time.js'
import { Lock } from './lock.js'
import { PastHolders } from './past-holders.js'
import type { PermitKeeper } from './permit-keeper.js'
import { clearTimeout, setTimeout } from '../util/timers.js'

/** Limits of the wait for a lock. */
export interface LockOptions {
  /** Longest wait. A duration. Default: no limit. */
  readonly timeout?: Duration | undefined
  /** Aborts the wait. */
  readonly signal?: AbortSignal | undefined
}

/** Longest time for which a waiter keeps its place without asking again, ms. It asks at least twice in that time. */
const LONGEST_WAIT_TTL = 60_000

/**
 * The locks of one process. Created by the wiring.
 *
 * 1. `lock()` asks the store for the lock. While another holder has it, `lock()` waits until the store offers the lock, or
 * the holder's permit expires. A waiter keeps its place no longer than a holder keeps its permit, unless it asks again. 2. The {@link PermitKeeper} renews a lock that is held. 3. `release()` passes it on to the
 * next waiter. 4. `close()` releases all locks that are left.
 */
export class Locks {
  readonly #inbox = randomBytes(9).toString('base64url')
  readonly #held = new Map<string, Lock>()
  /** For each waiting holder, the function that makes it ask again. */
  readonly #waiting = new Map<string, () => void>()
  /** Holders that were offered the lock while they were asking for it. */
  readonly #offered = new Set<string>()
  readonly #past = new PastHolders()
  #lastHolder = 0
  /** Time for which a waiter keeps its place without asking again, ms. */
  readonly #waitTtl: number
  #listening: Promise<Subscription> | null = null
  #closed = false

  constructor(
    private readonly store: PermitStore,
    private readonly keeper: PermitKeeper,
    /** Time to live of a permit without renewal, ms. */
    private readonly ttl: number,
    private readonly logger: Logger,
  ) {
    this.#waitTtl = Math.min(LONGEST_WAIT_TTL, this.ttl)
    store.onHistoryChange(() => {
      for (const holder of this.#past.all()) this.#releaseAgain(holder)
    })
  }

  /**
   * Waits for a lock.
   *
   * @throws `InvalidOptionError`; {@link LockTimeoutError}; the signal's reason; what the store throws when it cannot be reached
   */
  async lock(name: string, options?: LockOptions): Promise<Lock> {
    checkName('lock', name)
    const { timeout, signal } = checkWait(options)
    const limit = timeout === undefined ? Infinity : toMilliseconds(timeout, 'timeout')
    const since = sharedClock()
    const holder = this.#newHolder(name)
    await this.#listen()
    try {
      for (;;) {
        signal?.throwIfAborted()
        if (this.#closed) throw new ClosedError('app')
        const left = since + limit - sharedClock()
        // The offer may arrive before the answer of `acquire`: it comes by another connection.
        this.#waiting.set(holder, () => this.#offered.add(holder))
        const lock = await this.#acquire(name, holder, Math.min(this.#waitTtl, Math.max(1, left)))
        if (lock instanceof Lock) return lock
        if (left <= 0) throw new LockTimeoutError(name, limit)
        await this.#waitForOffer(holder, Math.min(lock.retryIn, this.#waitTtl / 2, left), signal)
      }
    } catch (error) {
      // Stops waiting, and releases a lock that was granted too late, so that the next waiter gets it.
      this.#past.add(holder)
      await this.store.release(lockKey(name), holder, null, 1).catch(() => undefined)
      throw error
    } finally {
      this.#waiting.delete(holder)
      this.#offered.delete(holder)
    }
  }

  /** Takes the lock if it is free and nobody waits for it; else returns null. */
  async tryLock(name: string): Promise<Lock | null> {
    checkName('lock', name)
    if (this.#closed) throw new ClosedError('app')
    const lock = await this.#acquire(name, this.#newHolder(name), 0)
    return lock instanceof Lock ? lock : null
  }

  /** Releases all locks, and ends all waits with an error. */
  async close(): Promise<void> {
    this.#closed = true
    for (const askAgain of this.#waiting.values()) askAgain()
    await Promise.all([...this.#held.values()].map((lock) => lock.release().catch(() => false)))
    await (await this.#listening?.catch(() => null))?.close()
  }

  async #acquire(name: string, holder: string, waitTtl: number): Promise<Lock | { readonly retryIn: number }> {
    const { answer, since } = await acquiredInTime(
      this.ttl,
      async () => await this.store.acquire(lockKey(name), [{ holder, max: 1 }], this.ttl, waitTtl),
    )
    const { fence, retryIn } = answer.answers[0] ?? { fence: null, retryIn: this.ttl }
    return fence === null ? { retryIn } : this.#keep(name, holder, fence, since)
  }

  #keep(name: string, holder: string, fence: number, sentAt: number): Lock {
    const permit = { name: lockKey(name), holder, fence, max: 1 }
    const lock = new Lock(name, fence, async () => {
      this.keeper.drop(permit)
      this.#held.delete(holder)
      const changes = this.store.historyChanges(permit.name)
      try {
        // Whatever its fence: no other call ever has this holder.
        return (await this.store.release(permit.name, holder, null, 1)).released
      } finally {
        // Not before: a second release on its way would take the lock from the first one, which says whether it was held.
        this.#past.add(holder)
        if (changes !== this.store.historyChanges(permit.name)) this.#releaseAgain(holder)
      }
    })
    this.#held.set(holder, lock)
    this.keeper.keep(permit, sentAt, () => {
      this.#held.delete(holder)
      this.logger.warn(`lock ${name} was lost: it could not be renewed in time`)
      lock.lose(new Error(`lock ${name} was lost`))
    })
    return lock
  }

  /** Waits until the lock is offered to this holder, or the time has come to ask again. */
  async #waitForOffer(holder: string, timeout: number, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true || this.#offered.delete(holder)) return
    await new Promise<void>((resolve) => {
      const askAgain = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', askAgain)
        resolve()
      }
      const timer = setTimeout(askAgain, timeout)
      signal?.addEventListener('abort', askAgain, { once: true })
      this.#waiting.set(holder, askAgain)
    })
  }

  async #listen(): Promise<void> {
    this.#listening ??= this.store.openInbox(this.#inbox, (holder) => {
      if (holder !== null) this.#beOffered(holder)
      else for (const askAgain of [...this.#waiting.values()]) askAgain()
    })
    try {
      await this.#listening
    } catch (error) {
      this.#listening = null
      throw error
    }
  }

  #beOffered(holder: string): void {
    const askAgain = this.#waiting.get(holder)
    if (askAgain) askAgain()
    // One that was served, or has given up, as the store has forgotten since. The next waiter need not wait for it.
    else if (!this.#held.has(holder)) this.#releaseAgain(holder)
  }

  /** For a holder that wants no lock any more. Where it fails, the store's time for it is over soon. */
  #releaseAgain(holder: string): void {
    void this.store.release(lockKey(lockOf(holder)), holder, null, 1).catch(() => undefined)
  }

  #newHolder(name: string): string {
    return `${this.#inbox}/${String(++this.#lastHolder)}/${name}`
  }
}

/** Name of the lock that a holder wants or has. */
function lockOf(holder: string): string {
  return holder.split('/').slice(2).join('/')
}

/** Name of a lock's permits in the store. The prefix keeps them apart from the permits of a limit with the same name. */
function lockKey(name: string): string {
  return `lock:${name}`
}
