import { isDeepStrictEqual } from 'node:util'
/** What stands in place of a value that operators must not see. */
export const REDACTED = '[redacted]'

/** Shorter values are not looked for in texts, which have them by chance. */
const SHORTEST_SECRET = 4

/** Hides members of payloads. Created by the control, from the setting `redact`. */
export class Redaction {
  readonly #paths: readonly (readonly string[])[]

  /** @param paths - `password`: any member of that name; `card.*`: all members of `card`, wherever that is */
  constructor(private readonly paths: readonly string[]) {
    this.#paths = paths.map((path) => path.split('.'))
  }

  /** The same, which hides more. */
  with(paths: readonly string[]): Redaction {
    return paths.length === 0 ? this : new Redaction([...this.paths, ...paths])
  }

  /** Whether it hides nothing at all. */
  get isEmpty(): boolean {
    return this.#paths.length === 0
  }

  /** A copy of a payload without what is to be hidden; the payload itself where nothing is. */
  of(value: unknown): unknown {
    return this.isEmpty ? value : this.#copy(value, [], null)
  }

  /** The texts and numbers that it hides in payloads, the longest first: messages and logs may repeat them. */
  secretsIn(payloads: readonly unknown[]): readonly string[] {
    if (this.isEmpty) return []
    const hidden: unknown[] = []
    for (const payload of payloads) this.#copy(payload, [], hidden)
    return [...new Set(hidden.flatMap(textsIn))].sort((a, b) => b.length - a.length)
  }

  /** @param hidden - gets what is hidden; null: nobody asks */
  #copy(value: unknown, path: readonly string[], hidden: unknown[] | null): unknown {
    const member = (item: unknown, key: string): unknown => this.#member(item, [...path, key], hidden)
    if (Array.isArray(value)) return value.map((item: unknown) => this.#copy(item, path, hidden))
    if (value instanceof Map) {
      return new Map([...value].map(([key, item]: [unknown, unknown]) => [key, member(item, String(key))]))
    }
    if (typeof value !== 'object' || value === null || !isPlain(value)) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, member(item, key)]))
  }

  #member(value: unknown, path: readonly string[], hidden: unknown[] | null): unknown {
    if (!this.#paths.some((each) => endsWith(path, each))) return this.#copy(value, path, hidden)
    hidden?.push(value)
    return REDACTED
  }
}

/** A value in which texts are replaced wherever they stand; the value itself where there are none. */
export function withoutSecrets(value: unknown, secrets: readonly string[]): unknown {
  if (secrets.length === 0) return value
  if (typeof value === 'string') return secrets.reduce((text, secret) => text.replaceAll(secret, REDACTED), value)
  if (typeof value === 'number' || typeof value === 'bigint') return secrets.includes(String(value)) ? REDACTED : value
  if (Array.isArray(value)) return value.map((item: unknown) => withoutSecrets(item, secrets))
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]: [unknown, unknown]) => [key, withoutSecrets(item, secrets)]))
  }
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item, secrets)]))
}

/**
 * A value that was edited from what was shown, in which what was left as it was shown is what it was before.
 *
 * @param shown - the original, in which something may be hidden
 */
export function restored(value: unknown, original: unknown, shown: unknown): unknown {
  if (isDeepStrictEqual(value, shown)) return original
  if (Array.isArray(value)) {
    return value.map((item: unknown, i) => restored(item, memberOf(original, i), memberOf(shown, i)))
  }
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, restored(item, memberOf(original, key), memberOf(shown, key))]),
  )
}

function memberOf(value: unknown, name: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Record<string | number, unknown>)[name]
}

/** The texts and numbers in a value. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
    const text = String(value)
    return text.length < SHORTEST_SECRET ? [] : [text]
  }
  if (typeof value !== 'object' || value === null) return []
  const items: unknown[] =
    value instanceof Map ? [...value.values()] : value instanceof Set ? [...value] : Object.values(value)
  return ArrayBuffer.isView(value) ? [] : items.flatMap(textsIn)
}

function endsWith(path: readonly string[], hidden: readonly string[]): boolean {
  const offset = path.length - hidden.length
  return offset >= 0 && hidden.every((name, i) => name === '*' || name === path[offset + i])
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
