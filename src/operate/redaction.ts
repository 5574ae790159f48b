/** What stands in place of a value that operators must not see. */
export const REDACTED = '[redacted]'

/** Hides members of payloads. Created by the control, from the setting `redact`. */
export class Redaction {
  readonly #paths: readonly (readonly string[])[]

  /** @param paths - `password`: any member of that name; `card.*`: all members of `card`, wherever that is */
  constructor(paths: readonly string[]) {
    this.#paths = paths.map((path) => path.split('.'))
  }

  /** A copy of a payload without what is to be hidden; the payload itself where nothing is. */
  of(value: unknown): unknown {
    return this.#paths.length === 0 ? value : this.#copy(value, [])
  }

  #copy(value: unknown, path: readonly string[]): unknown {
    if (Array.isArray(value)) return value.map((item: unknown) => this.#copy(item, path))
    if (value instanceof Map) {
      return new Map(
        [...value].map(([key, item]: [unknown, unknown]) => [key, this.#member(item, [...path, String(key)])]),
      )
    }
    if (typeof value !== 'object' || value === null || !isPlain(value)) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.#member(item, [...path, key])]))
  }

  #member(value: unknown, path: readonly string[]): unknown {
    return this.#paths.some((hidden) => endsWith(path, hidden)) ? REDACTED : this.#copy(value, path)
  }
}

function endsWith(path: readonly string[], hidden: readonly string[]): boolean {
  const offset = path.length - hidden.length
  return offset >= 0 && hidden.every((name, i) => name === '*' || name === path[offset + i])
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
