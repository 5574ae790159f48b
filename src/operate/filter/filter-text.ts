import { described, InvalidFilterError } from '../../errors.js'
import { boundValue, keyText, patternValue } from './quote-value.js'
import type { TaskFilter } from './task-filter.js'
import { PATH_KEYS, TEXT_KEYS } from './terms.js'

/** Keys whose values are never comparisons. */
const KEYS_OF_TEXTS: readonly string[] = [...TEXT_KEYS, ...PATH_KEYS]

/** The text of a filter that was given as an object. */
export function filterText({ not, ...filter }: TaskFilter): string {
  const negated = not === undefined ? [] : termsOf(not).map((term) => `-${term}`)
  return [...termsOf(filter), ...negated].join(' ')
}

function termsOf(filter: Omit<TaskFilter, 'not'>): string[] {
  return Object.entries(filter).flatMap(([key, value]: [string, unknown]) => {
    if (value === undefined) return []
    if (!(PATH_KEYS as readonly string[]).includes(key)) return [`${key}:${valuesText(key, value)}`]
    if (typeof value !== 'object' || value === null) {
      throw new InvalidFilterError(key, 'an object of paths and values', described(value))
    }
    return Object.entries(value).map(([path, item]) => `${keyText(`${key}.${path}`)}:${valuesText(key, item)}`)
  })
}

function valuesText(key: string, value: unknown): string {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  return values.map((each) => valueText(key, each)).join(',')
}

/** Stars keep their meaning; whatever else has one is quoted. */
function valueText(key: string, value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean' || value === null)
    return String(value)
  if (typeof value !== 'string') throw new InvalidFilterError(key, 'a text, a number or a boolean', described(value))
  return KEYS_OF_TEXTS.includes(key) ? patternValue(value) : boundValue(value)
}
