import type ts from 'typescript'
import type { SourceContext } from './source-context.js'

/** @returns the doc comment of a symbol, with its `@deprecated` tag; empty for none */
export function docComment({ ts, checker }: SourceContext, symbol: ts.Symbol): string {
  return textOf(ts, symbol.getDocumentationComment(checker), symbol.getJsDocTags(checker))
}

/**
 * @param owner - the class that has the method
 * @returns the doc comment of a method, or that of the method of the user's own base class that it overrides. What this
 *   package says of `run` tells nothing of a job.
 */
export function docCommentOfMethod(context: SourceContext, method: ts.Symbol, owner: ts.Type): string {
  const { ts, checker, symbols } = context
  // Without a checker, comments of base classes are left out.
  const own = textOf(ts, method.getDocumentationComment(undefined), method.getJsDocTags())
  if (own !== '' || !owner.isClassOrInterface()) return own
  for (const base of checker.getBaseTypes(owner)) {
    const overridden = checker.getPropertyOfType(base, method.name)
    if (!overridden || symbols.nameOfSymbol(overridden) !== null) continue
    const target = (base as ts.TypeReference).target as ts.Type | undefined
    const inherited = docCommentOfMethod(context, overridden, target ?? base)
    if (inherited !== '') return inherited
  }
  return ''
}

function textOf(
  ts: SourceContext['ts'],
  parts: readonly ts.SymbolDisplayPart[],
  tags: readonly ts.JSDocTagInfo[],
): string {
  // A parameter's comment is the text of its tag, which TSDoc begins with a dash.
  const text = ts
    .displayPartsToString([...parts])
    .trim()
    .replace(/^- /, '')
  const deprecated = tags.find(({ name }) => name === 'deprecated')
  if (!deprecated) return text
  return `${text}\n\n@deprecated ${ts.displayPartsToString(deprecated.text)}`.trim()
}
