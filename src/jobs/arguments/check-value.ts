import { types } from 'node:util'
import { described } from '../../errors.js'
import type { Check } from '../../model/manifest.js'

/** The first wrong value that a check found, and its place. */
export interface Mismatch {
  readonly path: string
  readonly expected: string
  readonly received: string
}

type Types = Readonly<Record<string, Check>>

const KINDS: Readonly<
  Record<Extract<Check, string>, { readonly expected: string; readonly fits: (value: unknown) => boolean }>
> = {
  any: { expected: 'anything', fits: () => true },
  string: { expected: 'a string', fits: (value) => typeof value === 'string' },
  number: { expected: 'a number', fits: (value) => typeof value === 'number' },
  boolean: { expected: 'a boolean', fits: (value) => typeof value === 'boolean' },
  bigint: { expected: 'a bigint', fits: (value) => typeof value === 'bigint' },
  null: { expected: 'null', fits: (value) => value === null },
  undefined: { expected: 'undefined', fits: (value) => value === undefined },
  date: { expected: 'a Date', fits: (value) => types.isDate(value) },
  bytes: { expected: 'a Uint8Array', fits: (value) => value instanceof Uint8Array },
}

/**
 * Checks a value against a type of the manifest.
 *
 * @param path - place of the value in the arguments, such as `items[2].price`
 * @returns null when the value has the type
 */
export function checkValue(check: Check, value: unknown, path: string, types: Types): Mismatch | null {
  if (typeof check === 'string') {
    const { fits, expected } = KINDS[check]
    return fits(value) ? null : mismatch(path, expected, value)
  }
  if ('literal' in check) return value === check.literal ? null : mismatch(path, expectation(check, types), value)
  if ('array' in check) {
    if (!Array.isArray(value)) return mismatch(path, expectation(check, types), value)
    return first(value, (item, i) => checkValue(check.array, item, `${path}[${String(i)}]`, types))
  }
  if ('tuple' in check) return checkTuple(check, value, path, types)
  if ('object' in check) return checkObject(check, value, path, types)
  if ('record' in check) {
    if (!isPlain(value)) return mismatch(path, expectation(check, types), value)
    return first(Object.entries(value), ([key, item]) => checkValue(check.record, item, `${path}.${key}`, types))
  }
  if ('map' in check) return checkMap(check, value, path, types)
  if ('set' in check) {
    if (!(value instanceof Set)) return mismatch(path, expectation(check, types), value)
    return first([...value], (item, i) => checkValue(check.set, item, `${path}[${String(i)}]`, types))
  }
  if ('union' in check) return checkUnion(check.union, value, path, types)
  const named = types[check.ref]
  return named === undefined ? null : checkValue(named, value, path, types)
}

function checkTuple(
  check: Extract<Check, { tuple: unknown }>,
  value: unknown,
  path: string,
  types: Types,
): Mismatch | null {
  const { tuple, rest } = check
  if (!Array.isArray(value) || value.length < tuple.length || (rest === undefined && value.length > tuple.length)) {
    return mismatch(path, expectation(check, types), value)
  }
  return first(value, (item, i) => {
    const of = tuple[i] ?? rest
    return of === undefined ? null : checkValue(of, item, `${path}[${String(i)}]`, types)
  })
}

function checkObject(
  check: Extract<Check, { object: unknown }>,
  value: unknown,
  path: string,
  types: Types,
): Mismatch | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return mismatch(path, expectation(check, types), value)
  }
  const known = new Set<string>()
  for (const [key, of] of Object.entries(check.object)) {
    const optional = key.endsWith('?')
    const name = optional ? key.slice(0, -1) : key
    known.add(name)
    const member: unknown = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
    if (member === undefined && optional) continue
    const wrong = checkValue(of, member, `${path}.${name}`, types)
    if (wrong) return member === undefined ? { ...wrong, received: 'nothing' } : wrong
  }
  for (const [key, member] of Object.entries(value)) {
    if (known.has(key)) continue
    if (check.rest === undefined) return { path: `${path}.${key}`, expected: 'absent', received: described(member) }
    const wrong = checkValue(check.rest, member, `${path}.${key}`, types)
    if (wrong) return wrong
  }
  return null
}

function checkMap(
  check: Extract<Check, { map: unknown }>,
  value: unknown,
  path: string,
  types: Types,
): Mismatch | null {
  if (!(value instanceof Map)) return mismatch(path, expectation(check, types), value)
  return first([...(value as Map<unknown, unknown>)], ([key, item]) => {
    const at = `${path}[${described(key)}]`
    return checkValue(check.map[0], key, `key ${at}`, types) ?? checkValue(check.map[1], item, at, types)
  })
}

function checkUnion(union: readonly Check[], value: unknown, path: string, types: Types): Mismatch | null {
  const wrongs: Mismatch[] = []
  for (const each of union) {
    const wrong = checkValue(each, value, path, types)
    if (wrong === null) return null
    // A mismatch inside a branch tells more than "none of the branches fits". The best one is that of the branch whose
    // literal members the value has, such as `type: 'circle'`: the caller meant that branch.
    if (wrong.path !== path) {
      if (isMeant(each, value, types)) return wrong
      wrongs.push(wrong)
    }
  }
  const [inside] = wrongs
  if (inside === undefined) return mismatch(path, expectation({ union }, types), value)
  const there = wrongs.filter((wrong) => wrong.path === inside.path)
  return { ...inside, expected: [...new Set(there.map(({ expected }) => expected))].join(' or ') }
}

/** Whether a branch has literal members, such as `type: 'circle'`, and the value has all of them. */
function isMeant(check: Check, value: unknown, types: Types): boolean {
  if (typeof check === 'object' && 'ref' in check) {
    const named = types[check.ref]
    return named !== undefined && isMeant(named, value, types)
  }
  if (typeof check !== 'object' || !('object' in check) || typeof value !== 'object' || value === null) return false
  const literals = Object.entries(check.object).filter(([, of]) => typeof of === 'object' && 'literal' in of)
  return (
    literals.length > 0 && literals.every(([name, of]) => checkValue(of, Reflect.get(value, name), '', types) === null)
  )
}

/** The words for a type in an error: `a string`, `a list of 2`. */
export function expectation(check: Check, types: Types, depth = 0): string {
  if (typeof check === 'string') return KINDS[check].expected
  if ('literal' in check) return described(check.literal)
  if ('array' in check)
    return depth > 0 ? 'an array' : `an array of ${plural(expectation(check.array, types, depth + 1))}`
  if ('tuple' in check) return `a list of ${String(check.tuple.length)}${check.rest === undefined ? '' : ' or more'}`
  if ('object' in check) return `an object with ${Object.keys(check.object).join(', ') || 'no members'}`
  if ('record' in check) return 'an object'
  if ('map' in check) return 'a Map'
  if ('set' in check) return 'a Set'
  if ('union' in check) return check.union.map((each) => expectation(each, types, depth + 1)).join(' or ')
  const named = types[check.ref]
  return named === undefined || depth > 2 ? check.ref : expectation(named, types, depth + 1)
}

function plural(expected: string): string {
  return expected.replace(/^an? (\w+)$/, '$1s')
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Map) &&
    !(value instanceof Set)
  )
}

function mismatch(path: string, expected: string, value: unknown): Mismatch {
  return { path, expected, received: value === undefined ? 'nothing' : described(value) }
}

function first<T>(items: readonly T[], look: (item: T, index: number) => Mismatch | null): Mismatch | null {
  for (const [i, item] of items.entries()) {
    const found = look(item, i)
    if (found) return found
  }
  return null
}
