import type { Clock } from '../util/clock.js'

/** The store's clock, as last heard, carried on by a clock that nobody sets. Made by whoever follows a schedule. */
export class StoreClock {
  #ahead: number | null = null

  /** @param source - the store's clock itself, where it is at hand */
  constructor(private readonly source: Clock | null = null) {}

  /** Hears what the store's clock shows. @param now - ms since the epoch */
  hear(now: number): void {
    this.#ahead = now - performance.now()
  }

  /** ms since the epoch. Whole: ticks are compared. */
  now(): number {
    if (this.source !== null) return this.source.now()
    return Math.floor(this.#ahead === null ? Date.now() : this.#ahead + performance.now())
  }
}
