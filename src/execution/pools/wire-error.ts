import { types } from 'node:util'
import * as errors from '../../errors.js'
import { plainCopy } from '../../util/plain-copy.js'
import { isRealList } from '../../util/is-list.js'
import { errorMessage, errorName, errorStack, isError, isInstance, itemsOf, member } from '../../util/thrown.js'
import { ReleaseError } from '../run-result.js'
import { carried } from './wire-value.js'

/** An error as it is sent between threads or processes. */
export interface WireError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  /** The error's own data that can be sent, such as `code`. */
  readonly data: Readonly<Record<string, unknown>>
  readonly cause: WireError | undefined
  /** The errors of an `AggregateError`. */
  readonly errors: readonly WireError[] | undefined
  /** The `delay` of a {@link ReleaseError}, ms; undefined for any other error. */
  readonly release: number | undefined
  /** A thrown value that is not an error, where it can be sent as it is; else null. */
  readonly value: { readonly clone: unknown } | null
}

/** Most errors that are sent of a chain of causes. */
const MOST_ERRORS = 16
/** Most members of an error that are sent. */
const MOST_MEMBERS = 1_000
const NO_DATA = ['name', 'message', 'stack', 'cause', 'errors']

/** Turns a thrown value into plain data. Never throws, whatever the value is. */
export function toWireError(thrown: unknown): WireError {
  return wireError(thrown, new Set())
}

function wireError(thrown: unknown, seen: Set<unknown>): WireError {
  seen.add(thrown)
  const next = (value: unknown): WireError | undefined =>
    value === undefined || value === null || seen.has(value) || seen.size >= MOST_ERRORS
      ? undefined
      : wireError(value, seen)
  const errors = member(thrown, 'errors')
  const value = isPlain(thrown) ? carried(thrown) : null
  return {
    name: errorName(thrown),
    message: errorMessage(thrown),
    stack: errorStack(thrown),
    data: isError(thrown) || (value === null && isPlain(thrown)) ? dataOf(thrown) : {},
    cause: next(member(thrown, 'cause')),
    errors: isRealList(errors) ? itemsOf(errors, MOST_ERRORS).flatMap((error) => next(error) ?? []) : undefined,
    release: isInstance(thrown, ReleaseError) ? thrown.delay : undefined,
    value,
  }
}

/**
 * Restores a thrown value. An error has the name, the message, the stack and the data of the original. Errors of this package
 * have their class, too. For others `instanceof` fails, while a comparison of `name` works.
 */
export function fromWireError(wire: WireError): unknown {
  if (wire.value !== null) return wire.value.clone
  const error = wire.release === undefined ? new Error(wire.message) : new ReleaseError(wire.message, wire.release)
  const type = ownClass(wire)
  if (type === null) define(error, 'name', wire.name)
  else Object.setPrototypeOf(error, type.prototype)
  define(error, 'stack', wire.stack)
  if (wire.cause !== undefined) define(error, 'cause', fromWireError(wire.cause))
  if (wire.errors !== undefined) define(error, 'errors', wire.errors.map(fromWireError))
  return Object.assign(error, wire.data)
}

/** The class of an error of this package; null for other errors. */
function ownClass({ name, data }: WireError): typeof errors.PulsarError | null {
  const type: unknown = (errors as Readonly<Record<string, unknown>>)[name]
  const isOwn = typeof data['code'] === 'string' && data['code'].startsWith('PQ_')
  const isClass = typeof type === 'function' && type.prototype instanceof errors.PulsarError
  return isOwn && isClass ? (type as unknown as typeof errors.PulsarError) : null
}

function define(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, configurable: true, writable: true })
}

/** The own data of what was thrown. A member that cannot be sent, such as a request with callbacks, becomes a bounded copy. */
function dataOf(error: unknown): Readonly<Record<string, unknown>> {
  if (typeof error !== 'object' || error === null || types.isProxy(error)) return {}
  const copies = plainCopy(error, NO_DATA)
  const data: Record<string, unknown> = {}
  for (const key of Object.keys(error).slice(0, MOST_MEMBERS)) {
    if (NO_DATA.includes(key)) continue
    const own: unknown = Object.getOwnPropertyDescriptor(error, key)?.value
    const value = carried(own)?.clone ?? (Object.hasOwn(copies, key) ? copies[key] : undefined)
    if (value !== undefined) data[key] = value
  }
  return data
}

/** Whether a thrown value is plain data. */
function isPlain(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null) return true
  if (types.isProxy(thrown)) return false
  const prototype: unknown = Object.getPrototypeOf(thrown)
  return prototype === Object.prototype || prototype === null
}
