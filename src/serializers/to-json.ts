/**
 * Writes JSON for other programs and for people; it cannot be read back. A `Map` becomes a list of pairs, a `Set` a list, a
 * bigint its digits, bytes base64, a date ISO 8601. `NaN` and the infinities become null.
 *
 * @param indent - spaces for each level. Default 0: all in one line
 */
export function toJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, plain, indent)
}

function plain(this: unknown, key: string, value: unknown): unknown {
  // JSON.stringify calls `toJSON` before its replacer, so the replacer takes the original value from its holder.
  const original = (this as Readonly<Record<string, unknown>>)[key]
  if (original instanceof Uint8Array) return Buffer.from(original).toString('base64')
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)]
  if (value instanceof Set) return [...(value as Set<unknown>)]
  if (value instanceof Error) return { name: value.name, message: value.message }
  return value
}
