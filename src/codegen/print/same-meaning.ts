import { isSameList } from '../../util/same-list.js'
import type { TypeScript } from '../load-typescript.js'

/**
 * Compares two texts of TypeScript by what they mean: a formatter may have set other quotes, semicolons, commas and line
 * breaks. Comments count, since doc comments are carried over from the jobs.
 */
export function sameMeaning(ts: TypeScript, a: string, b: string): boolean {
  if (a === b) return true
  return isSameList(wordsOf(ts, a), wordsOf(ts, b))
}

/** @returns the tokens of a text, without those that only its layout needs */
function wordsOf(ts: TypeScript, text: string): string[] {
  const { SyntaxKind } = ts
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, text)
  const words: string[] = []
  for (let kind = scanner.scan(); kind !== SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    if (kind === SyntaxKind.WhitespaceTrivia || kind === SyntaxKind.NewLineTrivia) continue
    if (kind === SyntaxKind.SemicolonToken) continue
    const isClosing = /^[\])}>]$/.test(scanner.getTokenText())
    if (isClosing && words.at(-1) === ',') words.pop()
    // `|` may also stand before the first member of a union.
    if (kind === SyntaxKind.BarToken && /^[=:<([,]$/.test(words.at(-1) ?? '')) continue
    if (kind === SyntaxKind.SingleLineCommentTrivia || kind === SyntaxKind.MultiLineCommentTrivia)
      words.push(commentText(scanner.getTokenText()))
    // A name as the key of a member may have quotes.
    else words.push(kind === SyntaxKind.StringLiteral ? scanner.getTokenValue() : scanner.getTokenText())
  }
  return words
}

function commentText(comment: string): string {
  const lines = comment.split('\n').map((line) => line.trim().replace(/^\*(?!\/)\s?/, ''))
  return lines.join(' ').replace(/\s+/g, ' ')
}
