/**
 * Writes as JSON what is for others to read. Tasks carry more than JSON knows: a `Map` becomes a list of pairs, a `Set` a
 * list, a bigint its digits, bytes base64, a date ISO 8601; what is not a number becomes null.
 *
 * @param indent - spaces a level, for people. Default 0: one line
 */
export function toJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, plain, indent)
}

function plain(this: unknown, key: string, value: unknown): unknown {
  // A value with a `toJSON` of its own is text already by now.
  const original = (this as Readonly<Record<string, unknown>>)[key]
  if (original instanceof Uint8Array) return Buffer.from(original).toString('base64')
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)]
  if (value instanceof Set) return [...(value as Set<unknown>)]
  if (value instanceof Error) return { name: value.name, message: value.message }
  return value
}
