import type { Check } from '../../model/manifest.js'

const ORDER: readonly Check[] = ['string', 'number', 'boolean', 'bigint', 'date', 'bytes']

/**
 * The check for one of several: flat, without repetition, `true | false` as boolean, and in an order that does not
 * depend on the compiler's.
 */
export function plainUnion(checks: readonly Check[]): Check {
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

/** Names of types first, shapes after them, null and undefined last. */
function rank(check: Check): number {
  if (check === 'null') return 100
  if (check === 'undefined') return 101
  const place = ORDER.indexOf(check)
  return place >= 0 ? place : typeof check === 'object' && 'literal' in check ? 10 : 20
}
