import { JsonSerializer } from '../../serializers/json-serializer.js'
import { MsgpackSerializer } from '../../serializers/msgpack-serializer.js'
import type { Serializer } from '../../serializers/serializer.js'
import type { NeedleGroup, Prefilter } from '../../stores/operations-store.js'
import type { Pattern, Term } from './terms.js'

/**
 * What a matching task certainly contains, so that the store sends no others. A text appears as itself in MessagePack, and escaped in
 * JSON; numbers appear as their digits in JSON alone. Payloads of an application's own serializer may be anything.
 */
export function prefilterOf(terms: readonly Term[], serializer: Serializer): Prefilter {
  const wanted = terms.filter(({ isNegated }) => !isNegated)
  const prototype: unknown = Object.getPrototypeOf(serializer)
  const isOurs = prototype === JsonSerializer.prototype || prototype === MsgpackSerializer.prototype
  return {
    jobs: literalsOf(wanted, 'job'),
    tags: literalsOf(wanted, 'tag'),
    needles: isOurs ? wanted.flatMap(needlesOf) : [],
  }
}

/** The texts of the first term of a key that has no star; null: there is no such term. */
export function literalsOf(terms: readonly Term[], key: 'job' | 'tag' | 'id'): readonly string[] | null {
  for (const term of terms) {
    if (term.key !== key || term.isNegated) continue
    const texts = term.patterns.map((pattern) => (pattern.length === 1 ? pattern[0] : null))
    if (texts.every((text) => typeof text === 'string')) return texts
  }
  return null
}

/** Keys of what lies in the value of a task, and those of them whose values are texts of ours. */
const IN_VALUES = ['args', 'meta', 'result', 'error', 'problem'] as const
const PLAIN_TEXTS: readonly string[] = ['error', 'problem']

function isInValue(term: Term): term is Extract<Term, { readonly key: (typeof IN_VALUES)[number] }> {
  return (IN_VALUES as readonly string[]).includes(term.key)
}

function needlesOf(term: Term): NeedleGroup[] {
  if (!isInValue(term)) return []
  const pieces = term.patterns.map(longestPart)
  if (pieces.some((piece) => piece === '' || !piece.isWellFormed())) return []
  // A date is a number in the store, and a filter spells it as ISO 8601.
  const isValue = !PLAIN_TEXTS.includes(term.key)
  if (isValue && term.patterns.some(mayBeDate)) return []
  const anyOf = [...new Set(term.patterns.flatMap((pattern) => spellings(pattern, isValue)))]
  return [{ anyOf, isForJson: isValue && term.patterns.some(mayBeNoText) }]
}

/** How the store may spell what a pattern certainly has. */
function spellings(pattern: Pattern, isValue: boolean): string[] {
  const piece = longestPart(pattern)
  if (isValue && pattern.length === 1 && mayBeNoText(pattern)) return tokensOf(piece)
  return [piece, JSON.stringify(piece).slice(1, -1)]
}

/** A number or a word between what JSON has around it, else 5 would be found in each 15; and the same as a text. */
function tokensOf(word: string): string[] {
  const around = [':,', ':}', '[,', '[]', ',,', ',]', '""']
  return around.map((pair) => `${pair.charAt(0)}${word}${pair.charAt(1)}`)
}

function longestPart(pattern: Pattern): string {
  return pattern.reduce<string>((longest, part) => ((part ?? '').length > longest.length ? (part ?? '') : longest), '')
}

/** Whether a pattern may mean a number or a word such as true: MessagePack writes those as other bytes. */
function mayBeNoText(pattern: Pattern): boolean {
  const text = pattern.map((part) => part ?? '').join('')
  return (
    /^[-+\d.eE]+$|^(true|false|null|NaN|-?Infinity)$/.test(text) || (pattern.length > 1 && /^[a-zI\d.+-]*$/.test(text))
  )
}

function mayBeDate(pattern: Pattern): boolean {
  return /^[\d\-:.TZ]+$/.test(pattern.map((part) => part ?? '').join('')) && /[-:TZ]/.test(pattern.join(''))
}
