import type { Check } from '../../model/manifest.js'
import { referencesIn, replaceReferences } from './check-references.js'

/** The named types that are kept, and how the others are put in the places of their references. */
export interface InlinedTypes {
  readonly types: ReadonlyMap<string, Check>
  /** @returns a check that refers to kept types alone */
  inline(check: Check): Check
}

/**
 * Puts types that are used a single time in the place of their use. Recursive types, and types used several times, stay
 * named.
 *
 * @param roots - the checks that the types are used from
 */
export function inlineTypes(types: ReadonlyMap<string, Check>, roots: readonly Check[]): InlinedTypes {
  const uses = countUses(types, roots)
  const isKept = (name: string): boolean => {
    const check = types.get(name)
    return check !== undefined && typeof check !== 'string' && ((uses.get(name) ?? 0) > 1 || isRecursive(types, name))
  }
  const inline = (check: Check): Check =>
    replaceReferences(check, (ref) => (isKept(ref) ? { ref } : inline(types.get(ref) ?? 'any')))
  const kept = [...uses.keys()].filter(isKept).sort()
  return { inline, types: new Map(kept.map((name) => [name, inline(types.get(name) ?? 'any')])) }
}

/** @returns how often each type is referred to, from the roots and from types that they use */
function countUses(types: ReadonlyMap<string, Check>, roots: readonly Check[]): Map<string, number> {
  const uses = new Map<string, number>()
  const visit = (check: Check): void => {
    for (const ref of referencesIn(check)) {
      const count = uses.get(ref) ?? 0
      uses.set(ref, count + 1)
      if (count === 0) visit(types.get(ref) ?? 'any')
    }
  }
  for (const root of roots) visit(root)
  return uses
}

/** @returns whether a type refers to itself, directly or through others */
function isRecursive(types: ReadonlyMap<string, Check>, name: string): boolean {
  const seen = new Set<string>()
  const visit = (of: string): void => {
    for (const ref of referencesIn(types.get(of) ?? 'any')) {
      if (seen.has(ref)) continue
      seen.add(ref)
      visit(ref)
    }
  }
  visit(name)
  return seen.has(name)
}
