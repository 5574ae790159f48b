/** Characters that separate fields and items in stored texts. */
const SEPARATORS = /[%,;:\s]/g
const HAS_SEPARATOR = /[%,;:\s]/

/** A text without any of our separators. Most names have none, and stay as they are. */
export function escaped(text: string): string {
  return HAS_SEPARATOR.test(text) ? text.replace(SEPARATORS, (each) => `%${hex(each)}`) : text
}

export function unescaped(text: string): string {
  if (!text.includes('%')) return text
  // Records that come together are nearly always of one worker.
  if (text !== last.text) {
    const name = text.replace(/%([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
    last = { text, name }
  }
  return last.name
}

let last = { text: '', name: '' }

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, '0')
}
