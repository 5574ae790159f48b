import { inspect, types } from 'node:util'

/** Bounds of what is shown of a value. Getters, custom inspection and the traps of a Proxy are left alone: they may throw. */
const SHOWN = { depth: 2, maxArrayLength: 20, maxStringLength: 1_000, breakLength: Infinity, customInspect: false }

/** Reads a member of anything. Undefined where there is none, and where reading it throws. */
export function member(of: unknown, key: string): unknown {
  if ((typeof of !== 'object' && typeof of !== 'function') || of === null) return undefined
  try {
    return Reflect.get(of, key)
  } catch {
    return undefined
  }
}

/** `instanceof`, which the traps of a Proxy cannot make throw. */
export function isInstance<T>(value: unknown, type: abstract new (...args: never[]) => T): value is T {
  try {
    return value instanceof type
  } catch {
    return false
  }
}

/** Whether a value is an error, also one of another realm. Never throws, whatever the value is. */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || isInstance(value, Error)
}

/**
 * The message of something that was thrown: an error without one gives its name, a value without one is shown in short.
 * Never throws, whatever was thrown, and always has words.
 */
export function errorMessage(thrown: unknown): string {
  const message = member(thrown, 'message')
  if (message !== undefined && message !== null && message !== '') return shown(message)
  if (!isError(thrown)) return shown(thrown)
  const name = member(thrown, 'name')
  return name === undefined || name === null || name === '' ? 'Error' : shown(name)
}

/** Something that was thrown, as an error. */
export function toError(thrown: unknown): Error {
  return isError(thrown) ? thrown : new Error(errorMessage(thrown))
}

/** The stack trace of something that was thrown; undefined where it has none that is text. */
export function errorStack(thrown: unknown): string | undefined {
  const stack = isError(thrown) ? member(thrown, 'stack') : undefined
  return typeof stack === 'string' && stack !== '' ? stack : undefined
}

/** Any value in words: text as it is, bytes as text, others as the console shows them, but never empty. */
function shown(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  try {
    if (types.isUint8Array(value)) return Buffer.from(value).toString()
    return ownWords(value) ?? inspect(value, SHOWN)
  } catch {
    return `a value that cannot be shown, of type ${typeof value}`
  }
}

/** The words that the value's own class has for it; undefined: its class has none. */
function ownWords(value: unknown): string | undefined {
  if (typeof value !== 'object' || Array.isArray(value)) return undefined
  const toText = member(value, 'toString')
  if (typeof toText !== 'function' || toText === Object.prototype.toString) return undefined
  const text: unknown = toText.call(value)
  return typeof text === 'string' && text !== '' ? text : undefined
}
