import { InvalidDurationError } from '../errors.js'

/**
 * A length of time: a number of **seconds**, or a string with its unit (`'250ms'`, `'2s'`, `'5m'`, `'1h'`, `'7d'`).
 * A number is never in milliseconds: `5000` is an hour and twenty-three minutes.
 */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
/** 100 years, in ms. Clocks of stores and dates of JavaScript hold any sum of a time and a duration up to this. */
export const LONGEST_DURATION = 36_525 * UNITS.d
const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/

/**
 * Reads a {@link Duration}.
 *
 * @param duration - seconds, or a string with its unit
 * @param name - name of the option or setting, for the error
 * @returns whole milliseconds
 * @throws {@link InvalidDurationError} for any other value, and for more than 100 years
 */
export function toMilliseconds(duration: Duration, name: string): number {
  const ms = typeof duration === 'number' ? duration * UNITS.s : textToMilliseconds(duration)
  if (!Number.isFinite(ms)) throw new InvalidDurationError(name, duration)
  if (ms < 0) throw new InvalidDurationError(name, duration, '0 or more')
  if (ms > LONGEST_DURATION) throw new InvalidDurationError(name, duration, 'at most 100 years')
  return Math.round(ms)
}

/** The ms of a text with a unit; NaN for any other value. */
function textToMilliseconds(duration: unknown): number {
  const match = typeof duration === 'string' ? PATTERN.exec(duration) : null
  return match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : NaN
}
