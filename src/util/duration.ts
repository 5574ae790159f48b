import { InvalidDurationError } from '../errors.js'

/**
 * A length of time: a number of **seconds**, or a string with its unit (`'250ms'`, `'2s'`, `'5m'`, `'1h'`, `'7d'`).
 * Never milliseconds: `5000` is an hour and twenty-three minutes.
 */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/

/**
 * Reads a {@link Duration}.
 *
 * @param duration - seconds, or a string with its unit
 * @param name - what the duration is for, named in the error
 * @returns whole milliseconds
 * @throws {@link InvalidDurationError} when it is neither, is negative or is not finite
 */
export function toMilliseconds(duration: Duration, name: string): number {
  if (typeof duration === 'number' && Number.isFinite(duration) && duration >= 0) return Math.round(duration * 1_000)
  const match = typeof duration === 'string' ? PATTERN.exec(duration) : null
  if (!match) throw new InvalidDurationError(name, duration)
  return Math.round(Number(match[1]) * UNITS[match[2] as keyof typeof UNITS])
}
