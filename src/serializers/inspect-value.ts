import { described, SerializationError } from '../errors.js'

/** Deepest nesting that is carried: a reader must not run out of stack. */
const DEEPEST = 500

/**
 * Looks through a value before it is written.
 *
 * @returns whether anything in it needs more than JSON has
 * @throws {@link SerializationError} with the path to what cannot be carried
 */
export function inspect(value: unknown): boolean {
  return new Inspection().look(value, 0)
}

class Inspection {
  /** What stands above the value that is looked at, to find cycles; and the keys that lead there. */
  readonly #above: object[] = []
  readonly #path: (string | number)[] = []

  look(value: unknown, depth: number): boolean {
    switch (typeof value) {
      case 'string':
        return !value.isWellFormed()
      case 'boolean':
        return false
      case 'number':
        return !Number.isFinite(value) || Object.is(value, -0)
      case 'undefined':
      case 'bigint':
        return true
      case 'object':
        return value !== null && this.#lookInto(value, depth)
      default:
        throw this.#refused(value)
    }
  }

  #lookInto(value: object, depth: number): boolean {
    if (depth > DEEPEST) throw this.#refused(value, `is nested deeper than ${String(DEEPEST)} levels`)
    if (this.#above.includes(value)) throw this.#refused(value, 'contains itself')
    this.#above.push(value)
    const needsTags = this.#members(value, depth)
    this.#above.pop()
    return needsTags
  }

  #members(value: object, depth: number): boolean {
    if (Array.isArray(value)) return this.#all(value.entries(), depth)
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) return this.#object(value, depth)
    if (value instanceof Date) {
      if (Number.isNaN(value.getTime())) throw this.#refused(value, 'is not a valid date')
      return true
    }
    if (value instanceof Uint8Array) return true
    if (value instanceof Map) {
      this.#all((value as Map<unknown, unknown>).entries(), depth)
      this.#all(new Map([...(value as Map<unknown, unknown>).keys()].entries()).entries(), depth)
      return true
    }
    if (value instanceof Set) {
      this.#all([...(value as Set<unknown>)].entries(), depth)
      return true
    }
    throw this.#refused(value, 'cannot be serialized; pass its data as a plain object')
  }

  #object(value: object, depth: number): boolean {
    const keys = Object.keys(value)
    // A member named like a tag would be read as one. So would one named __proto__, by a careless reader.
    let needsTags = keys.length === 1 && keys[0]?.startsWith('$') === true
    for (const key of keys) {
      this.#path.push(key)
      if (this.look((value as Record<string, unknown>)[key], depth + 1) || key === '__proto__' || !key.isWellFormed())
        needsTags = true
      this.#path.pop()
    }
    if (Object.getOwnPropertySymbols(value).length > 0) throw this.#refused(value, 'has members named by symbols')
    return needsTags
  }

  #all(entries: Iterable<[unknown, unknown]>, depth: number): boolean {
    let needsTags = false
    for (const [key, item] of entries) {
      this.#path.push(typeof key === 'number' ? key : `<${described(key)}>`)
      if (this.look(item, depth + 1)) needsTags = true
      this.#path.pop()
    }
    return needsTags
  }

  #refused(value: unknown, reason?: string): SerializationError {
    const what = typeof value === 'symbol' ? 'a symbol' : described(value)
    return new SerializationError(written(this.#path), what, reason)
  }
}

/** `args.items[3].callback` */
function written(path: readonly (string | number)[]): string {
  let text = ''
  for (const key of path) {
    if (typeof key === 'number') text += `[${String(key)}]`
    else if (/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key)) text += text === '' ? key : `.${key}`
    else text += `[${JSON.stringify(key)}]`
  }
  return text
}
