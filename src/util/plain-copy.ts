import { types } from 'node:util'
import { hidePasswordsOfUrls } from './hide-password.js'
import { startOf } from './cut-text.js'

/** Deepest objects, most members, longest text of a member, and most text in all, names included. */
const DEEPEST = 3
const MOST_MEMBERS = 100
const LONGEST_TEXT = 1_000
const MOST_TEXT = 8_000
/** Members whose names say that nobody else should read them. */
const SECRET = /authori[sz]ation|cookie|passw|secret|token|api[-_]?key|credential/i

/**
 * A bounded copy of the own data of an object, in values that every serializer can write. It leaves out functions, symbols,
 * getters, and everything that is nested too deeply. It hides secrets. Never throws, whatever the object is.
 *
 * @param except - names of members that are left out
 */
export function plainCopy(value: object, except: readonly string[] = []): Readonly<Record<string, unknown>> {
  return new Copy().members(value, except, 1)
}

class Copy {
  #left = MOST_MEMBERS
  #textLeft = MOST_TEXT
  readonly #path: object[] = []

  members(value: object, except: readonly string[], depth: number): Record<string, unknown> {
    const copy: Record<string, unknown> = {}
    if (types.isProxy(value)) return copy
    this.#path.push(value)
    for (const key of Object.keys(value)) {
      if (except.includes(key) || key === '__proto__' || this.#left <= 0 || this.#textLeft <= 0) continue
      const own: unknown = Object.getOwnPropertyDescriptor(value, key)?.value
      const known = SECRET.test(key) ? '[hidden]' : this.#value(own, depth)
      if (known === undefined) continue
      this.#left -= 1
      copy[this.#text(key)] = known
    }
    this.#path.pop()
    return copy
  }

  /** The copy of a value; undefined where it is left out. */
  #value(value: unknown, depth: number): unknown {
    if (value === null || typeof value === 'boolean') return value
    if (typeof value === 'string') return this.#text(value)
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
    if (typeof value === 'bigint') return this.#text(String(value))
    if (typeof value !== 'object' || this.#path.includes(value) || types.isProxy(value)) return undefined
    if (types.isDate(value))
      return Number.isNaN(value.getTime()) ? 'Invalid Date' : Date.prototype.toISOString.call(value)
    if (depth >= DEEPEST || ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return undefined
    return Array.isArray(value) ? this.#items(value, depth) : this.members(value, [], depth + 1)
  }

  #text(text: string): string {
    // Before it is cut: half of a URL is not recognized.
    const kept = startOf(hidePasswordsOfUrls(text), Math.min(LONGEST_TEXT, this.#textLeft))
    this.#textLeft -= kept.length
    return kept
  }

  #items(values: readonly unknown[], depth: number): readonly unknown[] {
    const items: unknown[] = []
    this.#path.push(values)
    for (let i = 0; i < values.length && this.#left > 0; i++) {
      this.#left -= 1
      items.push(this.#value(Object.getOwnPropertyDescriptor(values, i)?.value, depth + 1) ?? null)
    }
    this.#path.pop()
    return items
  }
}
