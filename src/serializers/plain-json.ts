/** Most levels and values of what is written here. `JSON.stringify` is faster where there are more. */
const MOST_LEVELS = 4
const MOST_VALUES = 16
/** Longest text of those values, and longest name. */
const LONGEST_TEXT = 64

const QUOTE = 0x22
const DOLLAR = 0x24
const COMMA = 0x2c
const ZERO = 0x30
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** Where the present text is written. Texts that are put together piece by piece would leave an object a piece. */
const bytes = Buffer.allocUnsafe(MOST_VALUES * (2 * LONGEST_TEXT + 8))
let end = 0
/** Whether a text is being written: a getter may serialize something itself, and would write into the same bytes. */
let isWriting = false
/** How many values the present text may still have. What is shared counts each time. */
let valuesLeft = 0

/**
 * Writes a small value that is plain JSON, of ASCII texts: what `JSON.stringify` gives, in a third of the time that it takes to look
 * whether a value is plain and then to write it. Most arguments are so small.
 *
 * @returns null where the value is larger, is not plain JSON, or is not so for certain
 */
export function smallJson(value: unknown): string | null {
  return written(null, value)
}

/**
 * Writes `{"<name>":<value>}` likewise.
 *
 * @param name - needs no escapes
 * @param value - is an object of ours: its prototype is that of all objects, and no member is named by a symbol
 */
export function smallMember(name: string, value: object): string | null {
  return written(name, value)
}

/** @param name - null: the value itself is written */
function written(name: string | null, value: unknown): string | null {
  if (isWriting) return null
  isWriting = true
  end = 0
  valuesLeft = MOST_VALUES
  try {
    const isWritten = name === null ? write(value, MOST_LEVELS) : writeMember(name, value as object)
    return isWritten ? bytes.toString('latin1', 0, end) : null
  } catch {
    // A getter or a Proxy has thrown.
    return null
  } finally {
    isWriting = false
  }
}

function write(value: unknown, levels: number): boolean {
  valuesLeft -= 1
  if (valuesLeft < 0) return false
  switch (typeof value) {
    case 'string':
      return writeText(value)
    case 'number':
      return writeNumber(value)
    case 'boolean':
      return writeKnown(value ? 'true' : 'false')
    case 'object':
      if (value === null) return writeKnown('null')
      if (levels === 0) return false
      return Array.isArray(value) ? writeList(value, levels - 1) : writeObject(value, levels - 1)
    default:
      return false
  }
}

function writeObject(value: object, levels: number): boolean {
  if (Object.getPrototypeOf(value) !== Object.prototype) return false
  return writeMembers(value, levels) && Object.getOwnPropertySymbols(value).length === 0
}

function writeMembers(value: object, levels: number): boolean {
  const start = end
  bytes[end++] = OPEN_BRACE
  for (const name in value) {
    // A name of `Object.prototype` is none of the value's.
    if (!Object.hasOwn(value, name) || name.charCodeAt(0) === DOLLAR || name === '__proto__') return false
    if (end > start + 1) bytes[end++] = COMMA
    if (!writeText(name)) return false
    bytes[end++] = COLON
    if (!write((value as Record<string, unknown>)[name], levels)) return false
  }
  bytes[end++] = CLOSE_BRACE
  return true
}

function writeMember(name: string, value: object): boolean {
  valuesLeft -= 2
  bytes[end++] = OPEN_BRACE
  writeText(name)
  bytes[end++] = COLON
  if (!writeMembers(value, MOST_LEVELS - 2)) return false
  bytes[end++] = CLOSE_BRACE
  return true
}

function writeList(items: readonly unknown[], levels: number): boolean {
  if (items.length > valuesLeft || Object.getPrototypeOf(items) !== Array.prototype) return false
  bytes[end++] = OPEN_BRACKET
  for (let i = 0; i < items.length; i++) {
    if (i > 0) bytes[end++] = COMMA
    if (!write(items[i], levels)) return false
  }
  bytes[end++] = CLOSE_BRACKET
  return true
}

/** A short text in which nothing has to be escaped. */
function writeText(text: string): boolean {
  if (text.length > LONGEST_TEXT) return false
  bytes[end++] = QUOTE
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === QUOTE || code === BACKSLASH || code > 0x7e) return false
    bytes[end++] = code
  }
  bytes[end++] = QUOTE
  return true
}

function writeNumber(value: number): boolean {
  if (!Number.isFinite(value) || Object.is(value, -0)) return false
  if (Number.isInteger(value) && value >= 0 && value < 10) bytes[end++] = ZERO + value
  else return writeKnown(String(value))
  return true
}

function writeKnown(text: string): boolean {
  for (let i = 0; i < text.length; i++) bytes[end++] = text.charCodeAt(i)
  return true
}
