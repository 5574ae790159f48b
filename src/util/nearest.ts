import { closest, distance } from 'fastest-levenshtein'

/**
 * The known name that is most similar to a mistyped one.
 *
 * @param name - the mistyped name
 * @param names - the known names
 * @returns the most similar name; null when none is similar enough to be the one that was meant
 */
export function nearest(name: string, names: readonly string[]): string | null {
  if (names.length === 0) return null
  const wanted = name.toLowerCase()
  const byLowerCase = new Map(names.map((known) => [known.toLowerCase(), known]))
  const found = closest(wanted, [...byLowerCase.keys()])
  const near = distance(wanted, found) <= Math.max(2, Math.ceil(wanted.length / 3))
  return near ? (byLowerCase.get(found) ?? null) : null
}
