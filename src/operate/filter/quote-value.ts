import type { Pattern } from './terms.js'

/** A text that a filter reads as it stands. */
const PLAIN = /^[^\s,"'\\*]+$/

/** A value of a filter that stands for this text alone. */
export function exactly(text: string): string {
  return PLAIN.test(text) ? text : quoted(text)
}

/** A term of a filter that stands for these texts alone: `queue:mail`, `id:"a,b",c`. */
export function exactTerm(key: 'queue' | 'job' | 'id' | 'worker', ...texts: readonly string[]): string {
  return `${key}:${texts.map(exactly).join(',')}`
}

/** A key of a filter: names in its path may have blanks and colons. */
export function keyText(text: string): string {
  return PLAIN.test(text) && !text.includes(':') ? text : quoted(text)
}

/** A value of a filter in which the stars of a text stand for any text, and all else for itself: `my mail*`. */
export function patternValue(text: string): string {
  if (text === '' || PLAIN.test(text.replaceAll('*', 'x'))) return text === '' ? '""' : text
  return text
    .split('*')
    .map((part) => (part === '' ? '' : quoted(part)))
    .join('*')
}

/** The same for a key whose values are not compared as numbers: `">5"`. */
export function textValue(text: string): string {
  return /^[<>]/.test(text)
    ? `"${text.slice(0, 1)}"${text.length > 1 ? patternValue(text.slice(1)) : ''}`
    : patternValue(text)
}

/** The same as a filter reads it. */
export function patternOf(text: string): Pattern {
  const parts = text.split(/\*+/).flatMap((part, i) => (i === 0 ? [part] : [null, part]))
  return text === '' ? [''] : parts.filter((part) => part !== '')
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
