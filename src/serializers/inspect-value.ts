import { types } from 'node:util'
import { described, SerializationError } from '../errors.js'
import { errorMessage } from '../util/thrown.js'

/** Deepest nesting that is carried: a reader must not run out of stack. */
const DEEPEST = 500

/** A key, an index, or the key of a map. */
type Step = string | number | { readonly mapKey: unknown }

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
  /** The objects above the value that is looked at, to find cycles; and the keys that lead there. */
  readonly #above: object[] = []
  readonly #path: Step[] = []

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
    if (Array.isArray(value)) return this.#list(value, depth)
    if (isPlain(value)) return this.#object(value, depth)
    // Not by `instanceof`: what comes from another realm is a date too, and what only inherits from one is not.
    if (types.isDate(value)) {
      if (Number.isNaN(value.getTime())) throw this.#refused(value, 'is not a valid date')
      return true
    }
    if (types.isUint8Array(value)) return true
    if (types.isMap(value)) return this.#map(value, depth)
    if (types.isSet(value)) {
      this.#list([...value], depth)
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
      if (this.look(this.#read(value, key), depth + 1) || key === '__proto__' || !key.isWellFormed()) needsTags = true
      this.#path.pop()
    }
    if (Object.getOwnPropertySymbols(value).length > 0) throw this.#refused(value, 'has members named by symbols')
    return needsTags
  }

  #read(value: object, key: string): unknown {
    try {
      return (value as Record<string, unknown>)[key]
    } catch (error) {
      throw new SerializationError(written(this.#path), 'a getter', `throws: ${errorMessage(error)}`, { cause: error })
    }
  }

  #list(items: readonly unknown[], depth: number): boolean {
    let needsTags = false
    for (let i = 0; i < items.length; i++) {
      this.#path.push(i)
      if (this.look(items[i], depth + 1)) needsTags = true
      this.#path.pop()
    }
    return needsTags
  }

  #map(map: Map<unknown, unknown>, depth: number): true {
    this.#list([...map.keys()], depth)
    for (const [mapKey, item] of map) {
      this.#path.push({ mapKey })
      this.look(item, depth + 1)
      this.#path.pop()
    }
    return true
  }

  #refused(value: unknown, reason?: string): SerializationError {
    const what = typeof value === 'symbol' ? 'a symbol' : described(value)
    return new SerializationError(written(this.#path), what, reason)
  }
}

/** Also an object of another realm, such as a test runner's: it has another `Object`. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf')
}

/** `args.items[3].callback`, and `prices<"EUR">` for what a map holds. */
function written(path: readonly Step[]): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${String(step)}]`
    else if (typeof step === 'object') text += `<${described(step.mapKey)}>`
    else if (/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(step)) text += text === '' ? step : `.${step}`
    else text += `[${JSON.stringify(step)}]`
  }
  return text
}
