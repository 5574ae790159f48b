import type { Check } from '../../model/manifest.js'

/** A copy of a check in which `replace` stands for each reference to a named type. */
export function mapCheck(check: Check, replace: (ref: string) => Check): Check {
  const map = (inner: Check): Check => mapCheck(inner, replace)
  if (typeof check === 'string' || 'literal' in check) return check
  if ('ref' in check) return replace(check.ref)
  if ('array' in check) return { array: map(check.array) }
  if ('tuple' in check)
    return { tuple: check.tuple.map(map), ...(check.rest !== undefined && { rest: map(check.rest) }) }
  if ('record' in check) return { record: map(check.record) }
  if ('map' in check) return { map: [map(check.map[0]), map(check.map[1])] }
  if ('set' in check) return { set: map(check.set) }
  if ('union' in check) return { union: check.union.map(map) }
  const object = Object.fromEntries(Object.entries(check.object).map(([key, member]) => [key, map(member)]))
  return { object, ...(check.rest !== undefined && { rest: map(check.rest) }) }
}
