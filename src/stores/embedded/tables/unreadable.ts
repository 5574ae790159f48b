import { LONGEST_DURATION } from '../../../model/duration.js'

/** What another program has written into a row: a number that JavaScript cannot hold or count on from, or a text that is none of ours. */
export class UnreadableRowError extends Error {}

/** What SQLite, or its binding, says of rows that the statements of this package cannot read or count on from. */
const SAYS = [
  'too large to be represented as a JavaScript number',
  'integer overflow',
  'cannot store REAL value in INTEGER column',
  // The text that says which keys are used is not true.
  'UNIQUE constraint failed: task.seq',
  'UNIQUE constraint failed: batch.first',
] as const

/** Whether reading a row has failed, or counting on from its numbers: it is not what this package writes. */
export function isUnreadable(error: unknown): boolean {
  if (error instanceof UnreadableRowError) return true
  return error instanceof Error && SAYS.some((text) => error.message.includes(text))
}

/** The least and the highest number that a column may have. */
export type Bounds = readonly [least: number, most: number]

/** What counts something. No count gets near, and sums of counts are numbers that JavaScript can hold. */
export const COUNTS: Bounds = [0, 2 ** 50]
/** Runs and crashes of a task, slots of a worker. */
export const FEW: Bounds = [0, 2 ** 31]
export const FLAG: Bounds = [0, 1]
/** Places before all tasks in order. */
export const HEADS: Bounds = [-(2 ** 50), 0]

/** Times, ms since the epoch: none is later than this. */
export function timesAt(now: number): Bounds {
  return [0, now + LONGEST_DURATION]
}

/** Fences begin with the time. They may be ahead of it, since clocks are set back, but not by longer than anything lasts. */
export function fencesAt(now: number): Bounds {
  return [0, (now + LONGEST_DURATION) * 1_000]
}

/** @throws {@link UnreadableRowError} for a number that no row may have, which is then repaired */
export function checkWithin(number: number, [least, most]: Bounds): number {
  if (number >= least && number <= most) return number
  throw new UnreadableRowError(`${String(number)} is not between ${String(least)} and ${String(most)}`)
}

/** The condition that a column has a number within bounds, or none. */
export function within(column: string, [least, most]: Bounds): string {
  return `coalesce(${column}, ${String(least)}) BETWEEN ${String(least)} AND ${String(most)}`
}

/** The condition that each of some columns has. */
export function allWithin(columns: Readonly<Record<string, Bounds>>): string {
  return Object.entries(columns)
    .map(([column, bounds]) => `(${within(column, bounds)})`)
    .join(' AND ')
}

/** The assignment that replaces what is not within bounds. */
export function repaired(column: string, bounds: Bounds, otherwise: string): string {
  return `${column} = CASE WHEN ${within(column, bounds)} THEN ${column} ELSE ${otherwise} END`
}
