/** ms of a day. */
export const DAY = 86_400_000

/** The clocks of a time zone. Times are in ms since the epoch. A day is a number, counted from 1970-01-01 by those clocks. */
export class TimeZone {
  /** Null: the zone of the process. `Date` knows enough of it, and a format would read Node's data of languages. */
  readonly #format: Intl.DateTimeFormat | null

  /** @param name - an IANA name; undefined: the zone of the process. @throws RangeError for an unknown name */
  constructor(name: string | undefined) {
    this.#format =
      name === undefined
        ? null
        : new Intl.DateTimeFormat('en-US', {
            timeZone: name,
            calendar: 'gregory',
            numberingSystem: 'latn',
            hourCycle: 'h23',
            year: 'numeric',
            month: 'numeric',
            day: 'numeric',
            hour: 'numeric',
            minute: 'numeric',
            second: 'numeric',
          })
  }

  /** What the clocks show at a time: the time at which those of UTC show the same. */
  shownAt(time: number): number {
    return time + this.#offset(time)
  }

  /** The moment at which the clocks show what those of UTC show at a time, as {@link TimeZone.at}. */
  whenShown(shown: number): number {
    const day = Math.floor(shown / DAY)
    return this.at(day, shown - day * DAY)
  }

  /** The day that the clocks show at a time. */
  dayOf(time: number): number {
    return Math.floor(this.shownAt(time) / DAY)
  }

  /**
   * The moment at which the clocks show a time of a day. Of a time that comes twice, the first; for a time that is skipped,
   * the moment at which the clocks are put forward, as with cron.
   *
   * @param timeOfDay - ms since midnight
   */
  at(day: number, timeOfDay: number): number {
    const shown = day * DAY + timeOfDay
    const before = shown - this.#offset(shown - DAY)
    const after = shown - this.#offset(shown + DAY)
    const times = [before, after].filter((time) => time + this.#offset(time) === shown)
    return times.length > 0 ? Math.min(...times) : this.#putForward(after, before)
  }

  /** The moment between two times at which the clocks are put forward. Clocks change at a full second. */
  #putForward(from: number, until: number): number {
    const [offset, start] = [this.#offset(until), Math.floor(from / 1_000)]
    let [low, high] = [0, Math.ceil(until / 1_000) - start]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (this.#offset((start + middle) * 1_000) === offset) high = middle
      else low = middle + 1
    }
    return (start + low) * 1_000
  }

  /** Time by which the clocks are ahead of UTC, ms. */
  #offset(time: number): number {
    if (this.#format === null) return -60_000 * new Date(time).getTimezoneOffset()
    const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {}
    for (const { type, value } of this.#format.formatToParts(time)) parts[type] = Number(value)
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(time / 1_000) * 1_000
  }
}
