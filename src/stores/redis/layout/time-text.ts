import type { Bytes } from './bytes.js'

const THOUSAND = 1_000
/** The last three digits of a number. */
const LAST_DIGITS = Array.from({ length: THOUSAND }, (_, n) => String(n).padStart(3, '0'))

let lastSeconds = -1
let lastText = ''

/**
 * A time as its digits, which most calls have. V8 needs a µs to write a number of that size: the seconds are written once.
 *
 * @param time - ms since the epoch, a whole number of at least 1,000
 */
export function timeText(time: number): Bytes {
  const seconds = Math.floor(time / THOUSAND)
  if (seconds !== lastSeconds) {
    lastSeconds = seconds
    lastText = String(seconds)
  }
  return (lastText + (LAST_DIGITS[time - seconds * THOUSAND] ?? '')) as Bytes
}
