/** An error on its way between threads or processes. */
export interface WireError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  /** Its own data that can be carried, such as `code`. */
  readonly data: Readonly<Record<string, unknown>>
  readonly cause: WireError | undefined
}

const DEEPEST_CAUSE = 3

/** Turns something that was thrown into plain data. */
export function toWireError(thrown: unknown, depth = 0): WireError {
  if (!(thrown instanceof Error)) {
    return { name: 'Error', message: String(thrown), stack: undefined, data: {}, cause: undefined }
  }
  const data: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(thrown)) {
    if (key === 'name' || key === 'message' || key === 'stack' || key === 'cause') continue
    if (isCarried(value)) data[key] = value
  }
  const cause = thrown.cause === undefined || depth >= DEEPEST_CAUSE ? undefined : toWireError(thrown.cause, depth + 1)
  return { name: thrown.name, message: thrown.message, stack: thrown.stack, data, cause }
}

/**
 * An error again: with the name, the message, the stack and the data of the first one. It is no instance of its class;
 * `isPulsarError(error, code)` and a comparison of `name` see no difference.
 */
export function fromWireError(wire: WireError): Error {
  const error = new Error(wire.message, wire.cause === undefined ? undefined : { cause: fromWireError(wire.cause) })
  Object.defineProperty(error, 'name', { value: wire.name, configurable: true, writable: true })
  if (wire.stack !== undefined) error.stack = wire.stack
  return Object.assign(error, wire.data)
}

function isCarried(value: unknown): boolean {
  if (value === null || ['string', 'number', 'boolean', 'bigint'].includes(typeof value)) return true
  if (typeof value !== 'object') return false
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}
