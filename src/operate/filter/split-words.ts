import type { Pattern } from './terms.js'

/** A term of a filter, split into its parts. */
export interface Word {
  readonly text: string
  readonly isNegated: boolean
  /** '': there is none. */
  readonly key: string
  readonly values: readonly Pattern[]
  /** The values that do not begin with a quote, as they stand there. */
  readonly unquoted: readonly string[]
}

/** A character of a filter. Inside quotes it stands for itself. */
interface Character {
  readonly value: string
  readonly isQuoted: boolean
}

/** A filter in words. */
export interface SplitFilter {
  readonly words: readonly Word[]
  /** The quote that is not closed; '': none. */
  readonly quote: string
}

/** Splits a filter at its blanks. */
export function splitWords(text: string): SplitFilter {
  const words: Character[][] = []
  let word: Character[] | null = null
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const value = text.charAt(at)
    if (quote === '' && /\s/.test(value)) word = null
    else {
      if (word === null) words.push((word = []))
      if (quote === '' && (value === '"' || value === "'") && opensValue(word)) {
        quote = value
        // An empty text in quotes is a value, too.
        word.push({ value: '', isQuoted: true })
      } else if (value === quote) quote = ''
      else if (quote !== '' && value === '\\' && at + 1 < text.length)
        word.push({ value: text.charAt(++at), isQuoted: true })
      else word.push({ value, isQuoted: quote !== '' })
    }
  }
  return { words: words.map(wordOf), quote }
}

/** Whether a quote here begins a quoted text: inside a word, as in `O'Brien`, it stands for itself. */
function opensValue(word: readonly Character[]): boolean {
  const last = word.at(-1)
  return last === undefined || (!last.isQuoted && [':', ',', '-', '=', '*'].includes(last.value))
}

function wordOf(characters: readonly Character[]): Word {
  const text = characters.map(({ value }) => value).join('')
  const isNegated = isPlain(characters[0], '-') && characters.length > 1
  const rest = isNegated ? characters.slice(1) : characters
  const colon = rest.findIndex((each) => isPlain(each, ':'))
  if (colon < 1) return { text, isNegated, key: '', values: [], unquoted: [] }
  const key = rest
    .slice(0, colon)
    .map(({ value }) => value)
    .join('')
  const values = valuesOf(rest.slice(colon + 1))
  const unquoted = values.filter(([first]) => first?.isQuoted === false).map(textOf)
  return { text, isNegated, key, values: values.map(patternOf), unquoted }
}

function valuesOf(characters: readonly Character[]): Character[][] {
  const values: Character[][] = [[]]
  for (const each of characters) {
    if (isPlain(each, ',')) values.push([])
    else values.at(-1)?.push(each)
  }
  return values.filter((value) => value.length > 0)
}

function patternOf(characters: readonly Character[]): Pattern {
  const parts: (string | null)[] = []
  for (const each of characters) {
    const last = parts.at(-1)
    if (isPlain(each, '*')) {
      if (last !== null) parts.push(null)
    } else if (typeof last === 'string') parts[parts.length - 1] = last + each.value
    else parts.push(each.value)
  }
  return parts
}

function textOf(characters: readonly Character[]): string {
  return characters.map(({ value }) => value).join('')
}

function isPlain(character: Character | undefined, value: string): boolean {
  return character?.value === value && !character.isQuoted
}
