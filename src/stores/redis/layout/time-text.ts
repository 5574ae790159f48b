import type { Bytes } from './bytes.js'

const THOUSAND = 1_000
const MILLION = 1_000_000
/** The last three digits of a number. */
const LAST_DIGITS = Array.from({ length: THOUSAND }, (_, n) => String(n).padStart(3, '0'))

/**
 * Writes the numbers of one kind, which grow slowly. V8 needs a µs to write a number of that size: the first digits are written once.
 *
 * @returns a function that takes a whole number, and returns its digits
 */
function growing(): (number: number) => Bytes {
  let lastMillions = 0
  let firstDigits = ''
  return (number) => {
    const millions = Math.floor(number / MILLION)
    if (millions < 1 || !Number.isSafeInteger(number)) return String(number) as Bytes
    if (millions !== lastMillions) {
      lastMillions = millions
      firstDigits = String(millions)
    }
    const rest = number - millions * MILLION
    const thousands = Math.floor(rest / THOUSAND)
    return (firstDigits + (LAST_DIGITS[thousands] ?? '') + (LAST_DIGITS[rest - thousands * THOUSAND] ?? '')) as Bytes
  }
}

/** The digits of a time, ms since the epoch. */
export const timeText = growing()

/** The digits of a fence, which is a time in µs or more. */
export const fenceText = growing()
