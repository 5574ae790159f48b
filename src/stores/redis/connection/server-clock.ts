import { performance } from '../../../util/timers.js'

/** Most by which two clocks drift apart, ms a ms. */
const DRIFT = 1 / 2_000

/**
 * The server's clock, as far as a client can know it. A stamp in a reply was taken between the sending and the receipt: so
 * each one says between which bounds the server's time lies, and all together say it better. Local times are those of
 * `performance.now()`, which nobody can set.
 */
export class ServerClock {
  /** Bounds of the server's time less the local one, ms. */
  #lower = -Infinity
  #upper = Infinity
  #stampedAt = 0

  /** @param stamp - server's time in a reply, ms */
  stamped(stamp: number, sentAt: number, receivedAt: number): void {
    const drift = Math.max(0, receivedAt - this.#stampedAt) * DRIFT
    const [lower, upper] = [stamp - receivedAt, stamp - sentAt]
    this.#lower = Math.max(this.#lower - drift, lower)
    this.#upper = Math.min(this.#upper + drift, upper)
    this.#stampedAt = receivedAt
    if (this.#lower <= this.#upper) return
    // The clock has been set: what was known of it is void.
    this.#lower = lower
    this.#upper = upper
  }

  /** Forgets all: the next stamp may be one of another server. */
  reset(): void {
    this.#lower = -Infinity
    this.#upper = Infinity
  }

  /** Earliest time that it can be now at the server, ms. */
  earliest(): number {
    return performance.now() + this.#lower
  }

  /** Latest time that it can be now at the server, ms. */
  latest(): number {
    return performance.now() + this.#upper
  }
}
