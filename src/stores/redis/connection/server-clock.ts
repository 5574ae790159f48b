import { performance } from '../../../util/timers.js'

/** Most by which two clocks drift apart, ms a ms. */
const DRIFT = 1 / 2_000
/**
 * Age of the last reply at which the time is to be asked for again, ms. Its bounds are 150 ms wider by then, which is little beside the
 * time that a call has, and an idle worker sends hardly more for it.
 */
const LONGEST_AGE = 300_000

/**
 * The server's clock, as far as a client can know it. The time in a reply was read between the sending of the call and the
 * receipt of the reply. So each reply gives bounds of the server's time, and several replies give narrower ones. Local times
 * are those of `performance.now()`, which nobody can set.
 */
export class ServerClock {
  /** Bounds of the server's time less the local one, ms. */
  #lower = -Infinity
  #upper = Infinity
  #stampedAt = 0

  /** @param longestAge - of the last reply, ms */
  constructor(private readonly longestAge = LONGEST_AGE) {}

  /** @param stamp - server's time in a reply, ms */
  stamped(stamp: number, sentAt: number, receivedAt: number): void {
    const drift = Math.max(0, receivedAt - this.#stampedAt) * DRIFT
    const [lower, upper] = [stamp - receivedAt, stamp - sentAt]
    this.#lower = Math.max(this.#lower - drift, lower)
    this.#upper = Math.min(this.#upper + drift, upper)
    this.#stampedAt = receivedAt
    if (this.#lower <= this.#upper) return
    // The server's clock has been set: the earlier bounds no longer hold.
    this.#lower = lower
    this.#upper = upper
  }

  /** Forgets all bounds: the next reply may come from another server. */
  reset(): void {
    this.#lower = -Infinity
    this.#upper = Infinity
  }

  /** Whether the time is to be asked for again. */
  get isOld(): boolean {
    return performance.now() - this.#stampedAt > this.longestAge
  }

  /** Lower bound of the server's present time, ms. @param now - the local time */
  earliest(now = performance.now()): number {
    return now + this.#lower - this.#drifted(now)
  }

  /** Upper bound of the server's present time, ms. @param now - the local time */
  latest(now = performance.now()): number {
    return now + this.#upper + this.#drifted(now)
  }

  /**
   * Time after which the server's clock certainly shows more than `deadline`, ms. The clocks drift apart while it passes.
   *
   * @param now - the local time
   */
  untilAfter(deadline: number, now = performance.now()): number {
    return Math.max(0, deadline + 1 - this.earliest(now)) * (1 + DRIFT)
  }

  /** Most by which the clocks have drifted apart since the last stamp, ms. */
  #drifted(now: number): number {
    return Math.max(0, now - this.#stampedAt) * DRIFT
  }
}
