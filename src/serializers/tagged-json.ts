import { types } from 'node:util'
import { described, DeserializationError } from '../errors.js'
import { toBuffer } from '../model/encoded.js'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/**
 * Copies a value, and tags each part that the format cannot express: a date becomes `{ $date: 0 }`. The value has passed
 * `inspect`.
 *
 * @param binary - whether the format is MessagePack. Bytes then stay bytes, but malformed text and keys named `__proto__` are
 *   tagged, too: MessagePack's UTF-8 or its reader would change them
 */
export function tagged(value: unknown, binary: boolean): Json {
  switch (typeof value) {
    case 'string':
      return binary && !value.isWellFormed() ? { $string: JSON.stringify(value) } : value
    case 'undefined':
      return { $undefined: 0 }
    case 'bigint':
      return { $bigint: String(value) }
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $number: Object.is(value, -0) ? '-0' : String(value) }
    case 'object':
      return value === null ? null : taggedObject(value, binary)
    default:
      return value as boolean
  }
}

function taggedObject(value: object, binary: boolean): Json {
  const inPairs = (entries: readonly [unknown, unknown][]): Json[] =>
    entries.map(([key, item]) => [tagged(key, binary), tagged(item, binary)])
  // Not `map`: it skips the holes of a sparse array.
  if (Array.isArray(value)) return Array.from(value, (item) => tagged(item, binary))
  if (types.isDate(value)) return { $date: value.getTime() }
  if (types.isUint8Array(value)) return { $bytes: binary ? (toBuffer(value) as unknown as Json) : base64(value) }
  if (types.isMap(value)) return { $map: inPairs([...value]) }
  if (types.isSet(value)) return { $set: Array.from(value, (item) => tagged(item, binary)) }
  const entries = Object.entries(value)
  if (binary && entries.some(([key]) => key === '__proto__' || !key.isWellFormed()))
    return { $entries: inPairs(entries) }
  const copy = Object.fromEntries(entries.map(([key, item]) => [key, tagged(item, binary)]))
  return entries.length === 1 && entries[0]?.[0].startsWith('$') === true ? { $object: copy } : copy
}

function base64(bytes: Uint8Array): string {
  return toBuffer(bytes).toString('base64')
}

/** Undoes {@link tagged}, in place where possible. @throws {@link DeserializationError} for an unknown tag */
export function untagged(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = untagged(value[i])
    return value
  }
  const keys = Object.keys(value)
  const [key] = keys
  if (keys.length === 1 && key?.startsWith('$') === true) return read(key, (value as Record<string, unknown>)[key])
  return members(value)
}

function members(value: object): object {
  for (const key of Object.keys(value)) {
    const item: unknown = (value as Record<string, unknown>)[key]
    if (typeof item !== 'object' || item === null) continue
    // An assignment to __proto__ would set the prototype.
    Object.defineProperty(value, key, { value: untagged(item), enumerable: true, writable: true, configurable: true })
  }
  return value
}

function read(tag: string, value: unknown): unknown {
  switch (tag) {
    case '$undefined':
      return undefined
    case '$bigint':
      return BigInt(text(tag, value))
    case '$number':
      return number(tag, value)
    case '$date':
      if (typeof value !== 'number') throw spoiled(tag, value)
      return new Date(value)
    case '$bytes':
      return value instanceof Uint8Array
        ? new Uint8Array(value)
        : new Uint8Array(Buffer.from(text(tag, value), 'base64'))
    case '$string':
      return JSON.parse(text(tag, value))
    case '$entries':
      return Object.fromEntries(pairs(tag, value))
    case '$map':
      return new Map(pairs(tag, value))
    case '$set':
      return new Set(list(tag, value).map((item) => untagged(item)))
    case '$object':
      if (typeof value !== 'object' || value === null) throw spoiled(tag, value)
      return members(value)
    default:
      throw new DeserializationError(`expected a tag of the package's serializers, got ${JSON.stringify(tag)}`)
  }
}

/** The numbers that JSON cannot express, by their text after the tag. */
const NUMBERS = new Map([
  ['-0', -0],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
])

function number(tag: string, value: unknown): number {
  const found = NUMBERS.get(text(tag, value))
  if (found === undefined) throw spoiled(tag, value)
  return found
}

function text(tag: string, value: unknown): string {
  if (typeof value !== 'string') throw spoiled(tag, value)
  return value
}

function list(tag: string, value: unknown): unknown[] {
  if (!Array.isArray(value)) throw spoiled(tag, value)
  return value
}

function pairs(tag: string, value: unknown): [string, unknown][] {
  return list(tag, value).map((pair) => {
    const [key, item] = list(tag, pair)
    return [untagged(key) as string, untagged(item)]
  })
}

function spoiled(tag: string, value: unknown): DeserializationError {
  return new DeserializationError(`expected a value for the tag ${tag}, got ${described(value)}`)
}
