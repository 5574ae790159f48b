/** Largest number of retries, or of tasks that run at once. */
const LARGEST_COUNT = 1_000_000_000

/** The counts that fit, as errors say it. */
export const COUNT_RULE = 'a whole number from 0 to 1,000,000,000'

/** Whether a number of a user counts something: every store and every product of two counts can hold it. */
export function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= LARGEST_COUNT
}
