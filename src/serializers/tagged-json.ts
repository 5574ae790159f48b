import { DeserializationError } from '../errors.js'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/**
 * A copy of a value in which what a format has no words for is tagged. The value has been inspected.
 *
 * @param binary - for MessagePack: bytes stay bytes, and what its UTF-8 or its reader would spoil is tagged too
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
  const pairs = (entries: readonly [unknown, unknown][]): Json[] =>
    entries.map(([key, item]) => [tagged(key, binary), tagged(item, binary)])
  // `Array.from` also visits the holes of a sparse array.
  if (Array.isArray(value)) return Array.from(value, (item) => tagged(item, binary))
  if (value instanceof Date) return { $date: value.getTime() }
  if (value instanceof Uint8Array) return { $bytes: binary ? (value as unknown as Json) : base64(value) }
  if (value instanceof Map) return { $map: pairs([...(value as Map<unknown, unknown>)]) }
  if (value instanceof Set) return { $set: Array.from(value as Set<unknown>, (item) => tagged(item, binary)) }
  const entries = Object.entries(value)
  if (binary && entries.some(([key]) => key === '__proto__' || !key.isWellFormed())) return { $entries: pairs(entries) }
  const copy = Object.fromEntries(entries.map(([key, item]) => [key, tagged(item, binary)]))
  return entries.length === 1 && entries[0]?.[0].startsWith('$') === true ? { $object: copy } : copy
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** Undoes {@link tagged}, in place where it can. @throws {@link DeserializationError} for a tag that is none of ours */
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
      return BigInt(value as string)
    case '$number':
      return value === '-0' ? -0 : Number(value)
    case '$date':
      return new Date(value as number)
    case '$bytes':
      return new Uint8Array(typeof value === 'string' ? Buffer.from(value, 'base64') : (value as Uint8Array))
    case '$string':
      return JSON.parse(value as string)
    case '$entries':
      return Object.fromEntries((value as [string, unknown][]).map(([name, item]) => [untagged(name), untagged(item)]))
    case '$map':
      return new Map((value as [unknown, unknown][]).map(([key, item]) => [untagged(key), untagged(item)]))
    case '$set':
      return new Set((value as unknown[]).map((item) => untagged(item)))
    case '$object':
      return members(value as object)
    default:
      throw new DeserializationError(`expected a tag of the json serializer, got ${JSON.stringify(tag)}`)
  }
}
