import type { Pattern } from './terms.js'

/** A text that a filter reads as it stands. */
const PLAIN = /^[^\s,"'\\*]+$/
/** How a comparison begins: only keys of numbers and durations take one. */
const COMPARES = /^(?:[<>=]|!=)/

/** A value of a filter that stands for this text alone. */
export function exactly(text: string): string {
  return PLAIN.test(text) && !isComparison(text) ? text : quoted(text)
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
  if (text === '') return '""'
  return isComparison(text) || !PLAIN.test(text.replaceAll('*', 'x')) ? quotedParts(text) : text
}

/** The same for a key whose values compare: `>=5`. */
export function boundValue(text: string): string {
  return isComparison(text) && PLAIN.test(text) ? text : patternValue(text)
}

function quotedParts(text: string): string {
  return text
    .split('*')
    .map((part) => (part === '' ? '' : quoted(part)))
    .join('*')
}

/** The same as a filter reads it. */
export function patternOf(text: string): Pattern {
  const parts = text.split(/\*+/).flatMap((part, i) => (i === 0 ? [part] : [null, part]))
  return text === '' ? [''] : parts.filter((part) => part !== '')
}

/** Whether a text, out of quotes, begins as a comparison does. */
export function isComparison(text: string): boolean {
  return COMPARES.test(text)
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
