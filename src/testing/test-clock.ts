import { InvalidOptionError, described } from '../errors.js'
import type { Clock } from '../util/clock.js'
import type { Duration } from '../util/duration.js'
import { toMilliseconds } from '../util/duration.js'

/** What a move goes through. Made by the test app. */
interface Surrounds {
  /** What was queued before the move must bear the time before it. */
  before(): Promise<void>
  /** Takes the ticks of periodic jobs that are due. Resolves with ms until more may be. */
  tick(): Promise<number>
  /** Tells who waits for the clock. */
  after(): void
}

/**
 * The clock of a {@link TestApp}. It stands still until it is moved, and it alone decides what is due: delays, retry
 * delays, expiry, the time that results are kept, schedules. `Date.now()` in job code is not its business, nor is the
 * `timeout` of a run, which is real time.
 */
export class TestClock implements Clock {
  #now: number
  #moving: Promise<unknown> = Promise.resolve()

  /**
   * @param start - where it stands first: a `Date`, or ms since the epoch. Default: the present
   * @param around - what a move goes through
   * @internal
   */
  constructor(
    start: Date | number = Date.now(),
    private readonly around: Surrounds | null = null,
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
   * Moves it on, once everything is with the store that was queued before the call. What became due by that runs in the
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
        const wait = Math.ceil((await this.around?.tick()) ?? Infinity)
        if (this.#now + wait >= target) return target
        this.#now += wait
      }
    })
  }

  /**
   * Moves it to a point in time in one leap, as if nothing had run meanwhile: of the ticks of a periodic job that are
   * passed by, `catchUp` tells which are made up for.
   *
   * @param time - a `Date`, or ms since the epoch
   * @returns ms since the epoch
   * @throws {@link InvalidOptionError}
   */
  async set(time: Date | number): Promise<number> {
    const ms = timeOf('time', time)
    return await this.#move(() => Promise.resolve(ms))
  }

  /** Resolves when it stands where it was told to: for a move that nobody waited for. */
  async settled(): Promise<void> {
    await this.#moving
  }

  async #move(target: () => Promise<number>): Promise<number> {
    const moved = this.#moving.then(async () => {
      await this.around?.before()
      this.#now = await target()
      await this.around?.tick()
      this.around?.after()
      return this.#now
    })
    this.#moving = moved.catch(() => undefined)
    return await moved
  }
}

function timeOf(option: string, time: Date | number): number {
  const ms: unknown = time instanceof Date ? time.getTime() : time
  if (typeof ms === 'number' && Number.isFinite(ms)) return Math.round(ms)
  throw new InvalidOptionError(option, 'a valid Date, or ms since the epoch', described(time))
}
