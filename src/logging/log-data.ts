import { described } from '../errors.js'
import { isRealList } from '../util/is-list.js'
import { errorMessage, errorName, errorStack, isError, keysOf, member } from '../util/thrown.js'
import { unawaited } from '../util/unawaited.js'

/** Deepest objects, most members of an object or a list, and most values of one line. */
const DEEPEST = 6
const MOST_MEMBERS = 100
const MOST_VALUES = 10_000

type Data = Readonly<Record<string, unknown>>

/**
 * A bounded copy of the data of a log line, which a writer of JSON can write without calling code of the application. Never
 * throws, whatever the data are: a getter or a `toJSON` that throws becomes text.
 */
export function logData(data: unknown): Data {
  if (typeof data !== 'object' || data === null) return {}
  const copy = new Copy()
  return isError(data) ? { err: copy.value('err', data, 0) } : copy.members(data, 0)
}

class Copy {
  #left = MOST_VALUES
  readonly #above: object[] = []

  value(key: string, value: unknown, depth: number): unknown {
    if (typeof value === 'function' || typeof value === 'symbol') return undefined
    if (typeof value !== 'object' || value === null) return value
    this.#left -= 1
    if (this.#above.includes(value)) return '[Circular]'
    if (depth > DEEPEST || this.#left <= 0 || ArrayBuffer.isView(value)) return `[${described(value)}]`
    const instead = jsonOf(key, value)
    if (instead !== null) return this.value(key, instead.json, depth + 1)
    return isRealList(value) ? this.#items(value, depth) : this.members(value, depth)
  }

  members(value: object, depth: number): Data {
    const copy: Record<string, unknown> = isError(value) ? this.#errorMembers(value, depth) : {}
    this.#above.push(value)
    for (const key of keysOf(value).slice(0, MOST_MEMBERS)) {
      if (this.#left <= 0) break
      this.#left -= 1
      const item = this.value(key, read(value, key), depth + 1)
      // An assignment to __proto__ would set the prototype.
      Object.defineProperty(copy, key, { value: item, enumerable: true, configurable: true, writable: true })
    }
    this.#above.pop()
    return copy
  }

  /** The members of an error that are not enumerable. */
  #errorMembers(error: Error, depth: number): Record<string, unknown> {
    const cause = member(error, 'cause')
    this.#above.push(error)
    const because = cause === undefined ? undefined : this.value('cause', cause, depth + 1)
    this.#above.pop()
    return {
      type: errorName(error),
      message: errorMessage(error),
      stack: errorStack(error),
      ...(because !== undefined && { cause: because }),
    }
  }

  #items(items: readonly unknown[], depth: number): readonly unknown[] {
    const copies: unknown[] = []
    this.#above.push(items)
    for (let i = 0; i < items.length && i < MOST_MEMBERS && this.#left > 0; i++) {
      this.#left -= 1
      copies.push(this.value(String(i), read(items, String(i)), depth + 1))
    }
    this.#above.pop()
    if (copies.length < items.length) copies.push(`... and ${String(items.length - copies.length)} more`)
    return copies
  }
}

/** What the `toJSON` of a value gives; null where it has none. */
function jsonOf(key: string, value: object): { readonly json: unknown } | null {
  const toJson = member(value, 'toJSON')
  if (typeof toJson !== 'function') return null
  try {
    const json = unawaited<unknown>(Reflect.apply(toJson, value, [key]))
    return { json: json === value ? `[${described(value)}]` : json }
  } catch (error) {
    return { json: `[its toJSON throws: ${errorMessage(error)}]` }
  }
}

function read(value: object, key: string): unknown {
  try {
    return unawaited<unknown>(Reflect.get(value, key))
  } catch (error) {
    return `[its getter throws: ${errorMessage(error)}]`
  }
}
