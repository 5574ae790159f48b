import { closest, distance } from 'fastest-levenshtein'

/**
 * The name most like a mistyped one.
 *
 * @param name - what was written
 * @param names - what there is
 * @returns the nearest name; null when none is near enough to be meant
 */
export function nearest(name: string, names: readonly string[]): string | null {
  if (names.length === 0) return null
  const wanted = name.toLowerCase()
  const byLowerCase = new Map(names.map((known) => [known.toLowerCase(), known]))
  const found = closest(wanted, [...byLowerCase.keys()])
  const near = distance(wanted, found) <= Math.max(2, Math.ceil(wanted.length / 3))
  return near ? (byLowerCase.get(found) ?? null) : null
}
