import type ts from 'typescript'
import type { SourceContext } from './source-context.js'

/** @returns the doc comment of a symbol, with its `@deprecated` tag; empty for none */
export function docComment({ ts, checker }: SourceContext, symbol: ts.Symbol): string {
  // A parameter's comment is the text of its tag, which TSDoc begins with a dash.
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim().replace(/^- /, '')
  const deprecated = symbol.getJsDocTags(checker).find(({ name }) => name === 'deprecated')
  if (!deprecated) return text
  return `${text}\n\n@deprecated ${ts.displayPartsToString(deprecated.text)}`.trim()
}
