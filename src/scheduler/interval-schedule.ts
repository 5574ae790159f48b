import type { Schedule } from './schedule.js'

/** Ticks at a fixed interval from an anchor. There are none before the anchor. */
export class IntervalSchedule implements Schedule {
  /** @param every - ms @param anchor - ms since the epoch; null: each tick is counted from the one before it */
  constructor(
    private readonly every: number,
    private readonly anchor: number | null,
  ) {}

  next(after: number): number {
    if (this.anchor === null) return after + this.every
    if (after < this.anchor) return this.anchor
    return this.anchor + (Math.floor((after - this.anchor) / this.every) + 1) * this.every
  }

  last(since: number, until: number): number | null {
    const anchor = this.anchor ?? since
    if (until < anchor) return null
    const tick = anchor + Math.floor((until - anchor) / this.every) * this.every
    return tick > since ? tick : null
  }
}
