import { types } from 'node:util'
import { InvalidOptionError, described } from '../errors.js'
import type { Clock } from '../util/clock.js'
import type { Duration } from '../model/duration.js'
import { toMilliseconds } from '../model/duration.js'

/** Steps of the app around a move of the clock. Created by the test app. */
interface MoveHooks {
  /** Waits for the tasks that were queued before the move: they must bear the time before it. */
  before(): Promise<void>
  /** Takes the ticks of periodic jobs that are due. Resolves with the ms until the next one may be due. */
  tick(): Promise<number>
  /** Wakes the worker, for tasks that the move made due. */
  after(): void
}

/**
 * The clock of a {@link TestApp}. It stands still until it is moved, and it alone decides what is due: delays, retry
 * delays, expiry, the time for which results are kept, schedules. It changes neither `Date.now()` in job code nor the
 * `timeout` of a run, which is real time.
 */
export class TestClock implements Clock {
  #now: number
  #moving: Promise<unknown> = Promise.resolve()

  /**
   * @param start - time at which it starts: a `Date`, or ms since the epoch. Default: the present
   * @param hooks - steps before and after each move
   * @internal
   */
  constructor(
    start: Date | number = Date.now(),
    private readonly hooks: MoveHooks | null = null,
  ) {
    this.#now = timeOf('now', start)
  }

  /** ms since the epoch. */
  now(): number {
    return this.#now
  }

  /** The same as a `Date`. */
  get date(): Date {
    return new Date(this.#now)
  }

  /**
   * Moves the clock on, once the store has all tasks that were queued before the call. Tasks that become due run in the
   * next `drain()`, or in the one that is under way. With `schedulePeriodic` every tick on the way is taken at its time.
   *
   * @param by - a duration: a number is **seconds**
   * @returns ms since the epoch
   * @throws {@link InvalidDurationError}
   */
  async advance(by: Duration): Promise<number> {
    const ms = toMilliseconds(by, 'advance')
    return await this.#move(async () => {
      const target = this.#now + ms
      for (;;) {
        const wait = Math.ceil((await this.hooks?.tick()) ?? Infinity)
        if (this.#now + wait >= target) return target
        this.#now += wait
      }
    })
  }

  /**
   * Moves the clock to a point in time in one leap, as if nothing had run meanwhile. Of the ticks of a periodic job that
   * it passes, `catchUp` decides which are made up for.
   *
   * @param time - a `Date`, or ms since the epoch
   * @returns ms since the epoch
   * @throws {@link InvalidOptionError}
   */
  async set(time: Date | number): Promise<number> {
    const ms = timeOf('time', time)
    return await this.#move(() => Promise.resolve(ms))
  }

  /** Resolves when all moves so far are done, also those that nobody waited for. */
  async settled(): Promise<void> {
    await this.#moving
  }

  async #move(target: () => Promise<number>): Promise<number> {
    const moved = this.#moving.then(async () => {
      await this.hooks?.before()
      this.#now = await target()
      await this.hooks?.tick()
      this.hooks?.after()
      return this.#now
    })
    this.#moving = moved.catch(() => undefined)
    return await moved
  }
}

function timeOf(option: string, time: Date | number): number {
  const ms: unknown = types.isDate(time) ? time.getTime() : time
  if (typeof ms === 'number' && Number.isFinite(ms)) return Math.round(ms)
  throw new InvalidOptionError(option, 'a valid Date, or ms since the epoch', described(time))
}
