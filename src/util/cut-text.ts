/** The start of a text, at most that many bytes of UTF-8, cut between two characters. */
export function cutText(text: string, most: number): string {
  // A character has at least a byte for each unit of the string.
  const bytes = Buffer.from(text.slice(0, most))
  let end = Math.min(bytes.length, most)
  // A byte that starts with the bits 10 goes on with the character before it.
  while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.toString('utf8', 0, end)
}

/** The start of a text, at most that many units of its string, cut between two characters. */
export function startOf(text: string, most: number): string {
  const start = text.slice(0, most)
  const last = start.length < text.length ? start.charCodeAt(start.length - 1) : 0
  // The first half of a character, of which the second one is cut off.
  return last >= 0xd800 && last <= 0xdbff ? start.slice(0, -1) : start
}
