import type { Check } from '../../model/manifest.js'
import { isObject } from './print-type.js'

/** Types by name, in the order in which they were met. */
export type NamedTypes = Map<string, Check>

/**
 * Gives every object inside a check a name of its own, after the members that lead to it: a type with names alone prints
 * in one line.
 *
 * @param path - name of what the check stands for
 * @param types - takes the objects in
 * @param take - gives out a name that is not in use
 */
export function nameObjects(check: Check, path: string, types: NamedTypes, take: (wanted: string) => string): Check {
  const inside = (inner: Check, suffix = ''): Check => nameObjects(inner, `${path}${suffix}`, types, take)
  if (typeof check === 'string' || 'literal' in check || 'ref' in check) return check
  if ('array' in check) return { array: inside(check.array, 'Item') }
  if ('tuple' in check) {
    const tuple = check.tuple.map((each, i) => inside(each, String(i + 1)))
    return { tuple, ...(check.rest !== undefined && { rest: inside(check.rest, 'Rest') }) }
  }
  if ('record' in check) return { record: inside(check.record, 'Value') }
  if ('map' in check) return { map: [inside(check.map[0], 'Key'), inside(check.map[1], 'Value')] }
  if ('set' in check) return { set: inside(check.set, 'Item') }
  if ('union' in check) return { union: check.union.map((each) => inside(each)) }
  if (Object.keys(check.object).length === 0) return check
  const name = take(path)
  types.set(name, 'any')
  types.set(name, nameMembers(check, name, types, take))
  return { ref: name }
}

/** As {@link nameObjects}, for what has a name: only the objects inside it get one. */
export function nameMembers(check: Check, name: string, types: NamedTypes, take: (wanted: string) => string): Check {
  if (!isObject(check)) return nameObjects(check, name, types, take)
  const members = Object.entries(check.object).map(([key, member]) => {
    const plain = key.replace(/[^\p{L}\p{N}]+/gu, '')
    return [
      key,
      nameObjects(member, `${name}${plain.slice(0, 1).toUpperCase()}${plain.slice(1)}`, types, take),
    ] as const
  })
  return { object: Object.fromEntries(members), ...(check.rest !== undefined && { rest: check.rest }) }
}
