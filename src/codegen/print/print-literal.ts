/** Longest line of the client's file: prettier's default. */
export const WIDTH = 80

/** @returns a string literal in single quotes, or in double quotes where the text has more single ones */
export function quoted(text: string): string {
  const json = JSON.stringify(text)
    .slice(1, -1)
    .replace(/\u2028|\u2029/g, (c) => (c === '\u2028' ? '\\u2028' : '\\u2029'))
  const singles = text.split("'").length
  const doubles = text.split('"').length
  if (singles > doubles) return `"${json}"`
  return `'${json.replace(/\\"/g, '"').replace(/'/g, "\\'")}'`
}

/** @returns the key of a member, quoted where it is no identifier */
export function printKey(key: string): string {
  if (key === '__proto__') return "['__proto__']"
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key)
}

/**
 * Prints plain data as a literal, broken into lines as prettier does.
 *
 * @param indent - columns that its first line is indented by
 * @param used - columns of its first line that something else has taken, its own indent included
 * @param after - columns that something else takes behind it, such as a comma
 * @returns the literal, without a line break at its end
 */
export function printLiteral(value: unknown, indent: number, used: number, after = 1): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value !== 'object' || value === null) return String(value)
  const flat = printFlat(value)
  if (!mustBreak(value) && used + flat.length + after <= WIDTH) return flat
  const inner = indent + 2
  const pad = ' '.repeat(inner)
  if (Array.isArray(value)) {
    const items = value.map((item) => `${pad}${printLiteral(item, inner, inner)},\n`)
    return `[\n${items.join('')}${' '.repeat(indent)}]`
  }
  const entries = Object.entries(value)
  const lines = entries.map(([key, member]) => {
    const head = `${pad}${printKey(key)}: `
    const text = printLiteral(member, inner, head.length)
    // A string that does not fit goes to the next line, unless that would win no more than a few columns.
    const moved = typeof member === 'string' && printKey(key).length > 4 && head.length + text.length + 1 > WIDTH
    return moved ? `${head.trimEnd()}\n${pad}  ${text},\n` : `${head}${text},\n`
  })
  return `{\n${lines.join('')}${' '.repeat(indent)}}`
}

/** @returns the literal in one line */
function printFlat(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (Array.isArray(value)) return `[${value.map(printFlat).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const entries = Object.entries(value)
  if (entries.length === 0) return '{}'
  return `{ ${entries.map(([key, member]) => `${printKey(key)}: ${printFlat(member)}`).join(', ')} }`
}

/** @returns whether prettier breaks the value: lists of several objects or lists that have more than one member each */
function mustBreak(value: object): boolean {
  const inside = Object.values(value) as unknown[]
  if (inside.some((item) => typeof item === 'object' && item !== null && mustBreak(item))) return true
  if (!Array.isArray(value) || value.length < 2) return false
  const sizes = (items: readonly unknown[], isKind: (item: unknown) => boolean): boolean =>
    items.every((item) => isKind(item) && Object.keys(item as object).length > 1)
  const isObject = (item: unknown): boolean => typeof item === 'object' && item !== null && !Array.isArray(item)
  return sizes(value, isObject) || sizes(value, (item) => Array.isArray(item))
}

/** @returns a name with its first letter in upper case */
export function pascalCase(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`
}
