/** The times at which a periodic job is due. A schedule has no clock; all times are in ms since the epoch. */
export interface Schedule {
  /** The first tick after a time; null: no tick is left. */
  next(after: number): number | null
  /** The last tick at or before `until` and after `since`; null: there is none. */
  last(since: number, until: number): number | null
}
