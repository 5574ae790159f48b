/** A last tick that is further ahead than this was taken by a clock that was wrong, ms. */
const CLOCK_SET_BACK = 3_600_000

/**
 * The tick that a schedule goes on from.
 *
 * @param last - as the store has it
 * @param now - store's clock, ms since the epoch
 * @returns null where it starts anew: nothing was ever taken, or the store's clock was set back by more than an hour since.
 * One that was set back by less is waited for, so that no tick comes twice.
 */
export function standingTick(last: number | null, now: number): number | null {
  return last !== null && last - now <= CLOCK_SET_BACK ? last : null
}
