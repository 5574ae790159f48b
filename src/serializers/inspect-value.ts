import { types } from 'node:util'
import { described, SerializationError } from '../errors.js'
import { counted } from '../util/count-of.js'
import { errorMessage } from '../util/thrown.js'
import { unawaited } from '../util/unawaited.js'

/** Most levels of nesting that are serialized. Without a limit, a reader could run out of stack. */
const DEEPEST = 500
/** Most values in one that is serialized. Without a limit, a list of holes, or objects that share others, take hours. */
const MOST_VALUES = 10_000_000

/** One step of the path to a value: the key of an object, the index of a list, or the key of a `Map`. */
type Step = string | number | { readonly mapKey: unknown }

/**
 * Checks a value before it is written.
 *
 * @returns whether any part of the value needs a tag, because plain JSON cannot express it
 * @throws {@link SerializationError} with the path to a part that cannot be serialized
 */
export function inspect(value: unknown): boolean {
  return !isPlainJson(value) && new Inspection().look(value, 0)
}

/** Most levels and values of one that is looked at without a path, which most values need not have. */
const MOST_LEVELS = 8
const FEW = 500
/** How many values the present look may still take. What is shared counts each time. */
let looksLeft = 0

/** Whether a value is plain JSON for certain. False where only a closer look can tell, as for a large or deep value. */
export function isPlainJson(value: unknown): boolean {
  looksLeft = FEW
  try {
    return isPlainWithin(value, MOST_LEVELS)
  } catch {
    // A getter or a Proxy has thrown.
    return false
  }
}

function isPlainWithin(value: unknown, levels: number): boolean {
  looksLeft -= 1
  if (looksLeft < 0) return false
  switch (typeof value) {
    case 'string':
      return value.isWellFormed()
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
    case 'boolean':
      return true
    case 'object':
      return value === null || (levels > 0 && hasPlainMembers(value, levels - 1))
    default:
      return false
  }
}

function hasPlainMembers(value: object, levels: number): boolean {
  if (Array.isArray(value)) return hasPlainItems(value, levels)
  if (Object.getPrototypeOf(value) !== Object.prototype) return false
  const names = Object.keys(value)
  if (names.length > looksLeft) return false
  for (const name of names) {
    if (name.startsWith('$') || name === '__proto__' || !name.isWellFormed()) return false
    if (!isPlainWithin((value as Record<string, unknown>)[name], levels)) return false
  }
  return Object.getOwnPropertySymbols(value).length === 0
}

function hasPlainItems(list: readonly unknown[], levels: number): boolean {
  if (list.length > looksLeft || Object.getPrototypeOf(list) !== Array.prototype) return false
  // Not `every`, which passes over the holes of a list.
  for (const item of list) if (!isPlainWithin(item, levels)) return false
  return true
}

class Inspection {
  /** The objects that contain the current value, to find cycles, and the path to it, for errors. */
  readonly #above: object[] = []
  readonly #path: Step[] = []
  #left = MOST_VALUES

  look(value: unknown, depth: number): boolean {
    this.#left -= 1
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
    if (this.#left < 0) throw this.#tooMany(value)
    this.#above.push(value)
    const needsTags = this.#members(value, depth)
    this.#above.pop()
    return needsTags
  }

  #members(value: object, depth: number): boolean {
    if (Array.isArray(value)) return this.#list(value, depth)
    if (isPlain(value)) return this.#object(value, depth)
    // `instanceof` would be wrong twice: false for a date of another realm, true for an object that only inherits from Date.
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
    // A single member whose name starts with `$` would be read as a tag, so the object gets a tag of its own. A member named
    // __proto__ needs one, too: a careless reader would set the prototype.
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
      return unawaited((value as Record<string, unknown>)[key])
    } catch (error) {
      throw new SerializationError(written(this.#path), 'a getter', `throws: ${errorMessage(error)}`, { cause: error })
    }
  }

  #list(items: readonly unknown[], depth: number): boolean {
    if (items.length > this.#left) throw this.#tooMany(items)
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

  #tooMany(value: unknown): SerializationError {
    const reason = `makes more than ${counted(MOST_VALUES)} values in all, counting what is shared each time; pass less, or a reference to where it is`
    return this.#refused(value, reason)
  }

  #refused(value: unknown, reason?: string): SerializationError {
    const what = typeof value === 'symbol' ? 'a symbol' : described(value)
    return new SerializationError(written(this.#path), what, reason)
  }
}

/** Whether an object is plain. It may come from another realm, such as a test runner's, which has an `Object` of its own. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf')
}

/** Most steps of a path in a message. */
const MOST_STEPS = 60

/** A path as text: `args.items[3].callback`. The value of a map's key is `prices<"EUR">`. A long one is cut. */
function written(path: readonly Step[]): string {
  let text = ''
  for (const step of path.slice(0, MOST_STEPS)) {
    if (typeof step === 'number') text += `[${String(step)}]`
    else if (typeof step === 'object') text += `<${described(step.mapKey)}>`
    else if (/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(step)) text += text === '' ? step : `.${step}`
    else text += `[${JSON.stringify(step)}]`
  }
  return path.length > MOST_STEPS ? `${text}...` : text
}
