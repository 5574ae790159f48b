import type { Check, Manifest, ParameterManifest } from '../../model/manifest.js'
import { checkValue } from './check-value.js'

type Arguments = Readonly<Record<string, unknown>>
type Types = NonNullable<Manifest['types']>

/**
 * Reads the arguments of a caller that has JSON alone. Where the manifest asks for what JSON has no words for, the forms are those
 * in which results are shown: a date as ISO 8601, a bigint as its digits, bytes as base64, a `Map` as a list of pairs, a `Set`
 * as a list.
 *
 * @returns the arguments; what has none of these forms is left as it is, for the check to refuse
 */
export function argumentsFromJson(
  parameters: readonly ParameterManifest[],
  args: Arguments,
  types: Types = {},
): Arguments {
  const checks = new Map(parameters.map(({ name, check }) => [name, check]))
  const entries = Object.entries(args).map(([name, value]) => {
    const check = checks.get(name)
    return [name, check === undefined ? value : fromJson(check, value, types)] as const
  })
  return Object.fromEntries(entries)
}

function fromJson(check: Check, value: unknown, types: Types): unknown {
  if (typeof check === 'string') return leafFromJson(check, value)
  if ('ref' in check) {
    const named = types[check.ref]
    return named === undefined ? value : fromJson(named, value, types)
  }
  if ('union' in check) return unionFromJson(check.union, value, types)
  if (Array.isArray(value)) return listFromJson(check, value, types)
  if (typeof value !== 'object' || value === null) return value
  if ('record' in check) return mapped(value, () => check.record, types)
  if ('object' in check) {
    const { object, rest } = check
    return mapped(value, (name) => object[name] ?? object[`${name}?`] ?? rest, types)
  }
  return value
}

function leafFromJson(check: Extract<Check, string>, value: unknown): unknown {
  if (check === 'bigint' && Number.isSafeInteger(value)) return BigInt(value as number)
  if (typeof value !== 'string') return value
  if (check === 'bigint' && /^-?\d+$/.test(value)) return BigInt(value)
  if (check === 'date' && /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?$/.test(value)) {
    const date = new Date(value)
    return Number.isNaN(date.getTime()) ? value : date
  }
  if (check === 'bytes' && value.length % 4 === 0 && /^[A-Za-z\d+/]*={0,2}$/.test(value)) {
    return new Uint8Array(Buffer.from(value, 'base64'))
  }
  return value
}

/** The first form that fits counts: a string stays one where a string is allowed. */
function unionFromJson(union: readonly Check[], value: unknown, types: Types): unknown {
  if (union.some((each) => checkValue(each, value, '', types) === null)) return value
  for (const each of union) {
    const read = fromJson(each, value, types)
    if (checkValue(each, read, '', types) === null) return read
  }
  return value
}

function listFromJson(check: Exclude<Check, string>, value: readonly unknown[], types: Types): unknown {
  if ('array' in check) return value.map((item) => fromJson(check.array, item, types))
  if ('tuple' in check) {
    return value.map((item, i) => {
      const of = check.tuple[i] ?? check.rest
      return of === undefined ? item : fromJson(of, item, types)
    })
  }
  if ('set' in check) return new Set(value.map((item) => fromJson(check.set, item, types)))
  if ('map' in check && value.every((pair) => Array.isArray(pair) && pair.length === 2)) {
    const [key, item] = check.map
    const pairs = value as readonly (readonly [unknown, unknown])[]
    return new Map(pairs.map(([k, v]) => [fromJson(key, k, types), fromJson(item, v, types)]))
  }
  return value
}

function mapped(value: object, checkOf: (name: string) => Check | undefined, types: Types): object {
  const entries = Object.entries(value).map(([name, member]: [string, unknown]) => {
    const check = checkOf(name)
    return [name, check === undefined ? member : fromJson(check, member, types)] as const
  })
  return Object.fromEntries(entries)
}
