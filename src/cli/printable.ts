/**
 * Characters that a terminal obeys or hides instead of showing them: control characters, of ASCII and of Latin-1, those that turn the
 * direction of writing, line and paragraph separators, and the mark of byte order.
 */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * A text of a user or a store, as one line that changes nothing on a terminal: what a terminal would obey is written as in JSON,
 * `\u001b`. Whatever pq prints of names, payloads, errors and logs goes through here.
 */
export function printable(text: string): string {
  return text.replace(OBEYED, (character) => SHORT[character] ?? escaped(character))
}

/** The same, with its lines kept. */
export function printableLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.split('\t').map(printable).join('\t'))
    .join('\n')
}

/** JSON in which such characters are escaped, too. They stand in its strings alone, so its meaning is the same. */
export function printableJson(json: string): string {
  return json
    .split('\n')
    .map((line) => line.replace(OBEYED, escaped))
    .join('\n')
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
