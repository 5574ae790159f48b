import type ts from 'typescript'
import type { TypeScript } from '../load-typescript.js'

/** An expression without the parentheses, `as` and `satisfies` around it. */
export function unwrapped(ts: TypeScript, expression: ts.Expression): ts.Expression {
  let node = expression
  while (
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isTypeAssertionExpression(node) ||
    ts.isNonNullExpression(node)
  ) {
    node = node.expression
  }
  return node
}
