import type ts from 'typescript'
import { isConst } from './is-const.js'
import type { Reading } from './reading.js'
import { unwrapped } from './unwrapped.js'

/** A value that is known without running anything. */
export type Literal = string | number | boolean

/** The value of an expression; undefined where it is only known at run time. Follows constants, enums and sums. */
export function literalOf(reading: Reading, expression: ts.Expression): Literal | undefined {
  const { ts, checker } = reading
  const node = unwrapped(ts, expression)
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isNumericLiteral(node)) return Number(node.text)
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) {
    const value = literalOf(reading, node.operand)
    return typeof value === 'number' ? -value : undefined
  }
  if (ts.isBinaryExpression(node)) return calculated(reading, node)
  const declaration = reading.own.resolve(node)?.valueDeclaration
  if (declaration && ts.isVariableDeclaration(declaration) && declaration.initializer && isConst(ts, declaration)) {
    return literalOf(reading, declaration.initializer)
  }
  const type = checker.getTypeAtLocation(node)
  return type.isStringLiteral() || type.isNumberLiteral() ? type.value : undefined
}

function calculated(reading: Reading, node: ts.BinaryExpression): Literal | undefined {
  const { SyntaxKind } = reading.ts
  const left = literalOf(reading, node.left)
  const right = literalOf(reading, node.right)
  if (typeof left === 'string' && typeof right === 'string') {
    return node.operatorToken.kind === SyntaxKind.PlusToken ? left + right : undefined
  }
  if (typeof left !== 'number' || typeof right !== 'number') return undefined
  if (node.operatorToken.kind === SyntaxKind.PlusToken) return left + right
  if (node.operatorToken.kind === SyntaxKind.MinusToken) return left - right
  if (node.operatorToken.kind === SyntaxKind.AsteriskToken) return left * right
  return node.operatorToken.kind === SyntaxKind.SlashToken ? left / right : undefined
}
