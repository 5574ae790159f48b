import { randomBytes } from 'node:crypto'
import { ClosedError, LockTimeoutError } from '../errors.js'
import type { Duration } from '../util/duration.js'
import { toMilliseconds } from '../util/duration.js'
import type { Logger } from '../logging/logger.js'
import { sharedClock } from '../util/shared-clock.js'
import type { Subscription } from '../util/subscription.js'
import { Lock } from './lock.js'
import type { LockStore } from '../stores/permit-store.js'
import type { HoldKeeper } from './permit-keeper.js'

/** How to wait for a lock. */
export interface LockOptions {
  /** Longest wait. A duration. Default: as long as it takes. */
  readonly timeout?: Duration | undefined
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined
}

/** A waiter's place in line lasts this long without a word of it, ms; it looks again at least twice in that time. */
const PATIENCE = 60_000

/**
 * The locks of one process. Made by the wiring.
 *
 * 1. `lock()` asks for the lock; while somebody has it, it waits in line until the store says that it is next, or the
 * holder's time is over. 2. A lock that is held is renewed by the {@link HoldKeeper}. 3. `release()` passes it on to the
 * next. 4. `close()` gives up all that is left.
 */
export class Locks {
  readonly #inbox = randomBytes(9).toString('base64url')
  readonly #held = new Map<string, Lock>()
  readonly #waiting = new Map<string, () => void>()
  /** Who was told to look while it was asking. */
  readonly #told = new Set<string>()
  #number = 0
  #listening: Promise<Subscription> | null = null
  #closed = false

  constructor(
    private readonly store: LockStore,
    private readonly keeper: HoldKeeper,
    /** ms */
    private readonly ttl: number,
    private readonly logger: Logger,
  ) {}

  /**
   * Waits for a lock.
   *
   * @throws {@link LockTimeoutError}; the signal's reason; what the store throws when it cannot be reached
   */
  async lock(name: string, { timeout, signal }: LockOptions = {}): Promise<Lock> {
    const limit = timeout === undefined ? Infinity : toMilliseconds(timeout, 'timeout')
    const since = sharedClock()
    const holder = this.#newHolder()
    await this.#listen()
    try {
      for (;;) {
        signal?.throwIfAborted()
        if (this.#closed) throw new ClosedError('app')
        const left = since + limit - sharedClock()
        // The word may overtake the answer: it comes another way.
        this.#waiting.set(holder, () => this.#told.add(holder))
        const lock = await this.#ask(name, holder, Math.min(PATIENCE, Math.max(1, left)))
        if (lock instanceof Lock) return lock
        if (left <= 0) throw new LockTimeoutError(name, limit)
        await this.#next(holder, Math.min(lock.retryIn, PATIENCE / 2, left), signal)
      }
    } catch (error) {
      // A place in line, or one that came too late, is somebody else's now.
      await this.store.release(keyOf(name), holder, null, 1).catch(() => undefined)
      throw error
    } finally {
      this.#waiting.delete(holder)
      this.#told.delete(holder)
    }
  }

  /** The lock if it is free and nobody waits for it, else null. */
  async tryLock(name: string): Promise<Lock | null> {
    if (this.#closed) throw new ClosedError('app')
    const lock = await this.#ask(name, this.#newHolder(), 0)
    return lock instanceof Lock ? lock : null
  }

  /** Gives up what is held, and refuses who waits. */
  async close(): Promise<void> {
    this.#closed = true
    for (const look of this.#waiting.values()) look()
    await Promise.all([...this.#held.values()].map((lock) => lock.release().catch(() => false)))
    await (await this.#listening?.catch(() => null))?.close()
  }

  async #ask(name: string, holder: string, patience: number): Promise<Lock | { readonly retryIn: number }> {
    const sentAt = sharedClock()
    const { answers } = await this.store.acquire(keyOf(name), [{ holder, max: 1 }], this.ttl, patience)
    const { fence, retryIn } = answers[0] ?? { fence: null, retryIn: this.ttl }
    return fence === null ? { retryIn } : this.#hold(name, holder, fence, sentAt)
  }

  #hold(name: string, holder: string, fence: number, sentAt: number): Lock {
    const hold = { name: keyOf(name), holder }
    const lock = new Lock(name, fence, async () => {
      this.keeper.drop(hold)
      this.#held.delete(holder)
      return (await this.store.release(hold.name, holder, fence, 1)).released
    })
    this.#held.set(holder, lock)
    this.keeper.keep(hold, sentAt, () => {
      this.#held.delete(holder)
      this.logger.warn(`lock ${name} was lost: it could not be renewed in time`)
      lock.lose(new Error(`lock ${name} was lost`))
    })
    return lock
  }

  /** Waits until this holder is told that it is next, or it is time to look. */
  async #next(holder: string, wait: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#told.delete(holder)) return
    await new Promise<void>((resolve) => {
      const look = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', look)
        resolve()
      }
      const timer = setTimeout(look, wait)
      signal?.addEventListener('abort', look, { once: true })
      this.#waiting.set(holder, look)
    })
  }

  async #listen(): Promise<void> {
    this.#listening ??= this.store.openInbox(this.#inbox, (holder) => {
      if (holder !== null) this.#waiting.get(holder)?.()
      else for (const look of [...this.#waiting.values()]) look()
    })
    try {
      await this.#listening
    } catch (error) {
      this.#listening = null
      throw error
    }
  }

  #newHolder(): string {
    return `${this.#inbox}/${String(++this.#number)}`
  }
}

/** Locks and limits have names of their own. */
function keyOf(name: string): string {
  return `lock:${name}`
}
