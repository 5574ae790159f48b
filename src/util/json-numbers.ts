/** The words of JSON: strings, brackets and signs, and what is between them. */
export const JSON_TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/gs

/**
 * Whether a word of JSON is a number that JavaScript does not keep: an integer that is rounded, or a number that is too large.
 * What JavaScript itself has written is kept. Fractions are rounded everywhere, and count as kept.
 */
export function isLostNumber(token: string): boolean {
  if (!/^-?\d/.test(token)) return false
  const value = Number(token)
  if (!Number.isFinite(value)) return true
  if (!/^-?\d+$/.test(token) || Number.isSafeInteger(value)) return false
  return String(value) !== token && BigInt(value) !== BigInt(token)
}

/** The first number of a text in JSON that JavaScript does not keep; null: it keeps all. */
export function lostNumber(text: string): string | null {
  if (!mayLoseNumbers(text)) return null
  for (const [token] of text.matchAll(JSON_TOKENS)) if (isLostNumber(token)) return token
  return null
}

/** Whether a text in JSON may have such a number: a quick look, for long texts. */
export function mayLoseNumbers(text: string): boolean {
  return /\d{16}|[eE]\+?\d{3}/.test(text)
}
