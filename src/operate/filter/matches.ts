import type { Bound, Pattern } from './terms.js'

/** Whether a text is what a pattern says. */
export function matchesPattern(pattern: Pattern, text: string): boolean {
  const [head] = pattern
  if (pattern.length === 1 && head !== null) return head === text
  let at = 0
  // Whether any text may stand before the next part.
  let isFree = false
  for (const [i, part] of pattern.entries()) {
    if (part === null) {
      isFree = true
      continue
    }
    const isLast = i === pattern.length - 1
    const found = isLast && isFree ? text.length - part.length : isFree ? text.indexOf(part, at) : at
    if (found < at || !text.startsWith(part, found)) return false
    at = found + part.length
    isFree = false
  }
  return isFree || at === text.length
}

export function matchesBound({ operator, value }: Bound, number: number): boolean {
  switch (operator) {
    case '=':
      return number === value
    case '>':
      return number > value
    case '>=':
      return number >= value
    case '<':
      return number < value
    case '<=':
      return number <= value
  }
}

/** Whether the value at a path, or an item of the list that is there, is what one of the patterns says. */
export function matchesPath(root: unknown, path: readonly string[], patterns: readonly Pattern[]): boolean {
  return valuesAt(root, path).some((value) => {
    if (Array.isArray(value)) return value.some((item: unknown) => matchesValue(item, patterns))
    return matchesValue(value, patterns)
  })
}

/** The value at a path; several where a list is on the way, whose items are meant unless the path names one. */
function valuesAt(root: unknown, path: readonly string[]): unknown[] {
  let values: unknown[] = [root]
  for (const name of path) values = values.flatMap((value) => membersOf(value, name))
  return values
}

function membersOf(value: unknown, name: string): unknown[] {
  if (value instanceof Map) return value.has(name) ? [value.get(name)] : []
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value) && !/^\d+$/.test(name)) return value.flatMap((item: unknown) => membersOf(item, name))
  return Object.hasOwn(value, name) ? [(value as Readonly<Record<string, unknown>>)[name]] : []
}

function matchesValue(value: unknown, patterns: readonly Pattern[]): boolean {
  const text = textOf(value)
  if (text === null) return patterns.some((pattern) => pattern.length === 1 && pattern[0] === null)
  return patterns.some((pattern) => matchesPattern(pattern, text))
}

/** How a filter spells a value; null: it cannot. */
function textOf(value: unknown): string | null {
  if (value === null) return 'null'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value)
    default:
      return null
  }
}
