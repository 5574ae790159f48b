import { inspect, types } from 'node:util'
import { unawaited } from './unawaited.js'

/** Bounds of the text for a value. Getters, custom inspection and the traps of a Proxy are not called: they may throw. */
const SHOWN = { depth: 2, maxArrayLength: 20, maxStringLength: 1_000, breakLength: Infinity, customInspect: false }

/** Reads a member of any value. Undefined where there is none, and where reading it throws. A promise is not awaited. */
export function member(of: unknown, key: string): unknown {
  if ((typeof of !== 'object' && typeof of !== 'function') || of === null) return undefined
  try {
    return unawaited<unknown>(Reflect.get(of, key))
  } catch {
    return undefined
  }
}

/** The names of the enumerable members of an object; none where they cannot be read. */
export function keysOf(value: object): readonly string[] {
  try {
    return Object.keys(value)
  } catch {
    return []
  }
}

/** The first items of a list; none where the value is no list, or cannot be read. */
export function itemsOf(value: unknown, most: number): readonly unknown[] {
  try {
    return Array.isArray(value) ? value.slice(0, most) : []
  } catch {
    return []
  }
}

/** `instanceof` that does not throw: false where a trap of a Proxy throws. */
export function isInstance<T>(value: unknown, type: abstract new (...args: never[]) => T): value is T {
  try {
    return value instanceof type
  } catch {
    return false
  }
}

/** Whether a value is an error, of this realm or of another one. Never throws, whatever the value is. */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || isInstance(value, Error)
}

/**
 * The message of a thrown value. An error without a message gives its name, and any other value a short text. Never throws,
 * whatever the value is, and never returns an empty text.
 */
export function errorMessage(thrown: unknown): string {
  const message = member(thrown, 'message')
  if (message !== undefined && message !== null && message !== '') return shown(message)
  if (!isError(thrown)) return shown(thrown)
  const name = member(thrown, 'name')
  return name === undefined || name === null || name === '' ? 'Error' : shown(name)
}

/** The name of a thrown value; its type where it is no error and has no name. Never throws, whatever the value is. */
export function errorName(thrown: unknown): string {
  const name = member(thrown, 'name')
  if (typeof name === 'string' && name !== '') return name
  return isError(thrown) ? 'Error' : typeof thrown
}

/** A thrown value as an error. */
export function toError(thrown: unknown): Error {
  return isError(thrown) ? thrown : new Error(errorMessage(thrown))
}

/** The stack trace of a thrown value; undefined where it has none, or one that is not text. */
export function errorStack(thrown: unknown): string | undefined {
  const stack = isError(thrown) ? member(thrown, 'stack') : undefined
  return typeof stack === 'string' && stack !== '' ? stack : undefined
}

/** A short text for any value, never empty: text and bytes as text, other values as the console prints them. */
function shown(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  try {
    if (types.isUint8Array(value)) return Buffer.from(value).toString()
    return ownWords(value) ?? inspect(value, SHOWN)
  } catch {
    return `a value that cannot be shown, of type ${typeof value}`
  }
}

/** The text that a value's own `toString` gives; undefined where its class has none. */
function ownWords(value: unknown): string | undefined {
  if (typeof value !== 'object' || Array.isArray(value)) return undefined
  const toText = member(value, 'toString')
  if (typeof toText !== 'function' || toText === Object.prototype.toString) return undefined
  const text: unknown = unawaited<unknown>(toText.call(value))
  return typeof text === 'string' && text !== '' ? text : undefined
}
