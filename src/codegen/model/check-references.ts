import type { Check } from '../../model/manifest.js'

/**
 * Replaces the references to named types in a check.
 *
 * @param replace - gives the check that takes the place of a reference
 * @returns a copy
 */
export function replaceReferences(check: Check, replace: (ref: string) => Check): Check {
  const inside = (inner: Check): Check => replaceReferences(inner, replace)
  if (typeof check === 'string' || 'literal' in check) return check
  if ('ref' in check) return replace(check.ref)
  if ('array' in check) return { array: inside(check.array) }
  if ('tuple' in check)
    return { tuple: check.tuple.map(inside), ...(check.rest !== undefined && { rest: inside(check.rest) }) }
  if ('record' in check) return { record: inside(check.record) }
  if ('map' in check) return { map: [inside(check.map[0]), inside(check.map[1])] }
  if ('set' in check) return { set: inside(check.set) }
  if ('union' in check) return { union: check.union.map(inside) }
  const object = Object.fromEntries(Object.entries(check.object).map(([key, member]) => [key, inside(member)]))
  return { object, ...(check.rest !== undefined && { rest: inside(check.rest) }) }
}

/** @returns the names of the types that a check refers to, as often as it does */
export function referencesIn(check: Check): readonly string[] {
  const references: string[] = []
  replaceReferences(check, (ref) => {
    references.push(ref)
    return { ref }
  })
  return references
}
