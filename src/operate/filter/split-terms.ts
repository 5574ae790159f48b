import { InvalidFilterError } from '../../errors.js'
import type { Word } from './split-words.js'
import { splitWords } from './split-words.js'

/** Splits a filter into its terms. @throws {@link InvalidFilterError} for a quote that is not closed */
export function splitTerms(text: string): readonly Word[] {
  const { words, quote } = splitWords(text)
  if (quote !== '') throw new InvalidFilterError(text, `a closing ${quote}`, 'the end of the filter')
  return words
}
