import { deserialize, serialize } from 'node:v8'
import { types } from 'node:util'
import { DeserializationError, described, SerializationError } from '../../errors.js'
import { errorMessage } from '../../util/thrown.js'

/**
 * A value of a user's code on its way to or from a member. The connection itself carries only bytes, since a message that the
 * other side cannot read is lost there, and in a process it is an error that nobody can catch. `copy` is for the functions of
 * `runInThread`: memory that is shared between threads stays shared.
 */
export type WireValue = { readonly bytes: Uint8Array } | { readonly copy: unknown }

/** Most levels of nesting in a value that is sent as a copy: the stack of the other side may be smaller. */
const DEEPEST = 500
/** Most bytes of the data of an error or of a log line. */
const MOST_DATA = 1_000_000

/** Packs a value. @throws {@link SerializationError} for a value that cannot be sent */
export function pack(value: unknown): WireValue {
  return { bytes: sendable(value, serialize) }
}

/** Packs a value for another thread of this process. @throws {@link SerializationError} for a value that cannot be sent */
export function packForThread(value: unknown): WireValue {
  const copy = sendable(value, (given) => structuredClone(given))
  if (isDeep(copy, DEEPEST)) throw refused(value, `it is nested deeper than ${String(DEEPEST)} levels`)
  return { copy }
}

/** Reads a packed value. @throws {@link DeserializationError} for one that this side cannot read */
export function unpack(packed: WireValue): unknown {
  if ('copy' in packed) return packed.copy
  try {
    return deserialize(packed.bytes)
  } catch (error) {
    throw new DeserializationError(
      `expected a value that another thread or process can read, got one that is nested too deeply or cannot be copied: ${errorMessage(error)}`,
      { cause: error },
    )
  }
}

/**
 * A bounded copy of a value that every connection certainly carries; null where there is none. Sending the original could call
 * a getter that answers differently.
 */
export function carried(value: unknown): { readonly clone: unknown } | null {
  try {
    const bytes = serialize(value)
    if (bytes.length > MOST_DATA) return null
    const clone: unknown = deserialize(bytes)
    return isDeep(clone, DEEPEST) ? null : { clone }
  } catch {
    return null
  }
}

function sendable<T>(value: unknown, copy: (value: unknown) => T): T {
  try {
    return copy(value)
  } catch (error) {
    throw refused(value, errorMessage(error), error)
  }
}

function refused(value: unknown, why: string, cause?: unknown): SerializationError {
  return new SerializationError('', described(value), `cannot be sent to another thread or process: ${why}`, { cause })
}

/**
 * Whether a copy is nested more deeply than a limit. It visits each object once, in the order in which a copy is written and
 * read, so an object that occurs many times costs its first visit only.
 */
function isDeep(value: unknown, left: number, seen = new Set<object>()): boolean {
  if (typeof value !== 'object' || value === null || seen.has(value)) return false
  if (left === 0) return true
  seen.add(value)
  return partsOf(value).some((part) => isDeep(part, left - 1, seen))
}

function partsOf(value: object): readonly unknown[] {
  if (types.isMap(value)) return [...value].flat()
  if (types.isSet(value)) return [...value]
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return []
  const members: unknown[] = Object.values(value)
  return types.isNativeError(value) ? [value.cause, ...members] : members
}
