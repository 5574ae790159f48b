import type ts from 'typescript'
import type { Reading } from './reading.js'

/** The doc comment of a symbol, with its deprecation; empty for none. */
export function docOf({ ts, checker }: Reading, symbol: ts.Symbol): string {
  // A parameter's comment is what its tag says, which TSDoc has begin with a dash.
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim().replace(/^- /, '')
  const deprecated = symbol.getJsDocTags(checker).find(({ name }) => name === 'deprecated')
  if (!deprecated) return text
  return `${text}\n\n@deprecated ${ts.displayPartsToString(deprecated.text)}`.trim()
}
