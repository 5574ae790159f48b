import type { ParameterManifest } from '../model/manifest.js'
import { lostNumber } from '../util/json-numbers.js'
import { UsageError } from './report-error.js'

/** Kinds whose values are text in JSON; a bigint has more digits than a number of JSON keeps. */
const AS_TEXT: ReadonlySet<string> = new Set(['string', 'date', 'bigint', 'bytes'])

/**
 * Reads words of the form `key=value`. A value that parses as JSON is that value, and any other is text: `a=4`, `name=Ann`,
 * `list=[1,2]`. Where the manifest says that the argument is text, every value is text: `phone=0049`.
 *
 * @throws {@link UsageError} for a word without a key, and for a number that JavaScript does not keep
 */
export function readJobArguments(
  words: readonly string[],
  parameters: readonly ParameterManifest[],
): Record<string, unknown> {
  const entries = words.map((word) => {
    const at = word.indexOf('=')
    if (at < 1) throw new UsageError(`expected an argument such as key=value, got ${JSON.stringify(word)}`)
    const name = word.slice(0, at)
    const check = parameters.find((parameter) => parameter.name === name)?.check
    const wantsText = typeof check === 'string' && AS_TEXT.has(check)
    return [name, wantsText ? textOf(word.slice(at + 1)) : keptValueOf(name, word.slice(at + 1))] as const
  })
  // fromEntries creates a member of any name, also `__proto__`, which the check of arguments then refuses.
  return Object.fromEntries(entries)
}

function keptValueOf(name: string, text: string): unknown {
  const value = valueOf(text)
  const lost = value === text ? null : lostNumber(text)
  if (lost === null) return value
  throw new UsageError(
    `expected ${name} to have numbers that a double of 64 bits keeps, got ${lost}; quote it twice to pass its digits as text`,
  )
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Removes the quotes of a JSON string, which some shells keep: `name="Ann"`. */
function textOf(text: string): string {
  const value = text.startsWith('"') ? valueOf(text) : text
  return typeof value === 'string' ? value : text
}
