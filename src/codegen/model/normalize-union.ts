import type { Check } from '../../model/manifest.js'

/** The order of primitive checks in a union. */
const ORDER: readonly Check[] = ['string', 'number', 'boolean', 'bigint', 'date', 'bytes']

/**
 * Makes a union of checks: flat, without repetition, `true | false` as boolean, in an order of its own, since the compiler's
 * may change.
 *
 * @returns the union; the check itself where only one is left
 */
export function normalizeUnion(checks: readonly Check[]): Check {
  const flat = checks.flatMap((check) => (typeof check === 'object' && 'union' in check ? check.union : [check]))
  if (flat.includes('any')) return 'any'
  const byText = new Map(flat.map((check) => [JSON.stringify(check), check]))
  const both = [true, false].map((literal) => JSON.stringify({ literal }))
  if (both.every((text) => byText.has(text))) {
    for (const text of both) byText.delete(text)
    byText.set('"boolean"', 'boolean')
  }
  const sorted = [...byText].sort(([a, x], [b, y]) => rank(x) - rank(y) || (a < b ? -1 : 1)).map(([, check]) => check)
  const [only] = sorted
  return sorted.length === 1 && only !== undefined ? only : { union: sorted }
}

/** @returns the place of a check in a union: primitives, literals, shapes, and at the end null and undefined */
function rank(check: Check): number {
  if (check === 'null') return 100
  if (check === 'undefined') return 101
  const place = ORDER.indexOf(check)
  return place >= 0 ? place : typeof check === 'object' && 'literal' in check ? 10 : 20
}
