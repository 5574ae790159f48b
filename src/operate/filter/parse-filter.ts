import { described, InvalidFilterError } from '../../errors.js'
import type { Duration } from '../../model/duration.js'
import { toMilliseconds } from '../../model/duration.js'
import { didYouMean } from '../../util/did-you-mean.js'
import { nearest } from '../../util/nearest.js'
import { filterText } from './filter-text.js'
import { isComparison, patternValue } from './quote-value.js'
import { splitTerms } from './split-terms.js'
import type { TaskFilter } from './task-filter.js'
import type { Bound, ParsedFilter, Pattern, StateName, Term } from './terms.js'
import { DURATION_KEYS, MOMENT_KEYS, NUMBER_KEYS, PATH_KEYS, STATES, TEXT_KEYS } from './terms.js'
import type { Word } from './split-words.js'

const KEYS: readonly string[] = [
  'state',
  ...TEXT_KEYS,
  ...PATH_KEYS.map((key) => `${key}.<path>`),
  ...NUMBER_KEYS,
  ...DURATION_KEYS,
  ...MOMENT_KEYS,
]

/**
 * Reads a filter: `state:failed job:mail.* args.customer:42,43 -tag:test ran:>30s since:2h`. Terms are separated by blanks, and all must
 * match; a comma separates alternatives; `-` before a term negates it; `*` stands for any text; quotes keep blanks, commas and stars. A
 * single word without a key is the id of a task: `huge-list` is `id:huge-list`.
 *
 * @throws {@link InvalidFilterError}
 */
export function parseFilter(filter: string | TaskFilter): ParsedFilter {
  const text = withKey(typeof filter === 'string' ? filter : filterText(filter))
  return { text, terms: splitTerms(text).map(termOf) }
}

/** A single word, as it is pasted, with the key that it stands for. */
function withKey(text: string): string {
  const word = text.trim()
  return /^[^-\s:"'][^\s:"']*$/.test(word) ? `id:${word}` : text
}

function termOf(word: Word): Term {
  const { text, isNegated, key, values } = word
  if (key === '') {
    throw new InvalidFilterError(text, 'key:value', described(text), `write id:${text} or job:${text}`)
  }
  if (values.length === 0) throw new InvalidFilterError(text, `a value behind ${key}:`, 'nothing')
  const common = { text, isNegated }
  const [head = '', ...path] = key.split('.')
  if (isOf(PATH_KEYS, head)) {
    if (path.length === 0 || path.includes('')) {
      throw new InvalidFilterError(text, `a path such as ${head}.customer`, described(key))
    }
    refuseComparison(word, COMPARES_NUMBERS)
    return { ...common, key: head, path, patterns: values }
  }
  if (key === 'state') return { ...common, key, states: values.map((value) => stateOf(text, value)) }
  if (isOf(TEXT_KEYS, key)) {
    refuseComparison(word, key === 'error' ? COMPARES_NUMBERS : null)
    return { ...common, key, patterns: values }
  }
  if (isOf(NUMBER_KEYS, key)) return { ...common, key, bounds: values.map((value) => boundOf(text, value, wholeOf)) }
  if (isOf(DURATION_KEYS, key)) return { ...common, key, bounds: values.map((value) => boundOf(text, value, msOf)) }
  if (isOf(MOMENT_KEYS, key)) return { ...common, key, ...momentOf(text, values) }
  throw unknownKey(text, key)
}

/** Payloads and errors may have texts such as `<b>` and `>>`; a number behind the sign, or a sign such as `<=`, is a comparison. */
const COMPARES_NUMBERS = /^(?:[<>!]=|[<>=]-?\.?\d)/

/**
 * A text is compared as it stands: one that looks like a comparison of numbers would match nothing.
 *
 * @param which - the comparisons that are meant; null: all
 */
function refuseComparison({ text, key, unquoted }: Word, which: RegExp | null): void {
  const comparison = unquoted.find((value) => isComparison(value) && (which?.test(value) ?? true))
  if (comparison === undefined) return
  const keys = [...NUMBER_KEYS, ...DURATION_KEYS].join(', ')
  const hint = `only ${keys} compare; for the text itself write ${key}:${patternValue(comparison)}`
  throw new InvalidFilterError(text, `values of ${key}, or patterns with *`, `the comparison ${comparison}`, hint)
}

function unknownKey(text: string, key: string): InvalidFilterError {
  const names = KEYS.map((each) => each.replace('.<path>', ''))
  const [head = '', ...path] = key.split('.')
  const near = nearest(head, names)
  // A key that takes a path is refused without one.
  const whole =
    near !== null && isOf(PATH_KEYS, near)
      ? [near, ...(path.length === 0 || path.includes('') ? ['<path>'] : path)].join('.')
      : near
  const hint = whole === null ? '' : `did you mean ${whole}:?`
  return new InvalidFilterError(text, `one of the keys ${KEYS.join(', ')}`, described(key), hint)
}

function isOf<T extends string>(keys: readonly T[], key: string): key is T {
  return (keys as readonly string[]).includes(key)
}

function stateOf(text: string, value: Pattern): StateName {
  const state = plainOf(value).toLowerCase()
  if (Object.hasOwn(STATES, state)) return state as StateName
  const names = Object.keys(STATES)
  throw new InvalidFilterError(text, `a state (${names.join(', ')})`, described(state), didYouMean(state, names))
}

const COMPARISON = /^(>=|<=|>|<|=)?(.*)$/s

function boundOf(text: string, value: Pattern, read: (text: string, value: string) => number): Bound {
  const [, operator = '=', number = ''] = COMPARISON.exec(plainOf(value)) ?? []
  return { operator: operator as Bound['operator'], value: read(text, number) }
}

function wholeOf(text: string, value: string): number {
  if (/^\d+$/.test(value)) return Number(value)
  throw new InvalidFilterError(text, 'a whole number, or a comparison such as >=5', described(value))
}

/** A plain number is seconds, as everywhere at the public face. */
function msOf(text: string, value: string): number {
  try {
    return toMilliseconds((/^\d+(\.\d+)?$/.test(value) ? Number(value) : value) as Duration, 'duration')
  } catch {
    throw new InvalidFilterError(text, 'a duration such as 30s or 5m, or a comparison such as >30s', described(value))
  }
}

function momentOf(text: string, values: readonly Pattern[]): { ago: number | null; at: number | null } {
  const [value, ...others] = values.map(plainOf)
  if (value === undefined || others.length > 0) {
    throw new InvalidFilterError(text, 'one moment', `${String(values.length)} of them`)
  }
  const at = /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : NaN
  if (Number.isFinite(at)) return { ago: null, at }
  try {
    return { ago: msOf(text, value), at: null }
  } catch {
    const hint = isComparison(value) ? 'since: and until: say the direction themselves' : ''
    const expected = 'a duration such as 2h, or a date such as 2026-11-25T10:00Z'
    throw new InvalidFilterError(text, expected, described(value), hint)
  }
}

/** The text of a pattern; a star in it stands for itself here. */
function plainOf(pattern: Pattern): string {
  return pattern.map((part) => part ?? '*').join('')
}
