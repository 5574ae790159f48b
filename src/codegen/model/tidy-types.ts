import type { Check } from '../../model/manifest.js'
import { mapCheck } from './map-check.js'

/** What is left of the named types once those used a single time stand where they are used. */
export interface TidyTypes {
  readonly types: ReadonlyMap<string, Check>
  inline(check: Check): Check
}

/** Keeps as named types what is recursive or used more than once from `roots`; the others are put in place. */
export function tidyTypes(types: ReadonlyMap<string, Check>, roots: readonly Check[]): TidyTypes {
  const uses = countUses(types, roots)
  const isKept = (name: string): boolean => {
    const check = types.get(name)
    return check !== undefined && typeof check !== 'string' && ((uses.get(name) ?? 0) > 1 || isRecursive(types, name))
  }
  const inline = (check: Check): Check =>
    mapCheck(check, (ref) => (isKept(ref) ? { ref } : inline(types.get(ref) ?? 'any')))
  const kept = [...uses.keys()].filter(isKept).sort()
  return { inline, types: new Map(kept.map((name) => [name, inline(types.get(name) ?? 'any')])) }
}

function countUses(types: ReadonlyMap<string, Check>, roots: readonly Check[]): Map<string, number> {
  const uses = new Map<string, number>()
  const visit = (check: Check): void => {
    mapCheck(check, (ref) => {
      const count = uses.get(ref) ?? 0
      uses.set(ref, count + 1)
      if (count === 0) visit(types.get(ref) ?? 'any')
      return { ref }
    })
  }
  for (const root of roots) visit(root)
  return uses
}

function isRecursive(types: ReadonlyMap<string, Check>, name: string): boolean {
  const seen = new Set<string>()
  const visit = (of: string): void => {
    mapCheck(types.get(of) ?? 'any', (ref) => {
      if (!seen.has(ref)) {
        seen.add(ref)
        visit(ref)
      }
      return { ref }
    })
  }
  visit(name)
  return seen.has(name)
}
