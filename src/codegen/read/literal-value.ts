import type ts from 'typescript'
import type { TypeScript } from '../load-typescript.js'
import type { SourceContext } from './source-context.js'

/** A value that is known without running anything. */
export type Literal = string | number | boolean

/** @returns the expression without the parentheses, `as`, `satisfies` and `!` around it */
export function unwrapExpression(ts: TypeScript, expression: ts.Expression): ts.Expression {
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

/**
 * @returns the initializer of the `const` that an expression names, or the argument that the parameter gets which it names;
 *   undefined for any other expression
 */
export function constInitializer(context: SourceContext, node: ts.Expression): ts.Expression | undefined {
  const { ts, symbols, bindings } = context
  const member = ts.isPropertyAccessExpression(node) ? memberInitializer(context, node) : undefined
  if (member) return member
  const symbol = symbols.resolve(node)
  const bound = symbol ? bindings.get(symbol) : undefined
  if (bound) return bound
  const declaration = symbol?.valueDeclaration
  if (!declaration || !ts.isVariableDeclaration(declaration)) return undefined
  const isConst = (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0
  return isConst ? declaration.initializer : undefined
}

/** @returns the value that an object literal has for the member that is read: `options.name` */
function memberInitializer(context: SourceContext, node: ts.PropertyAccessExpression): ts.Expression | undefined {
  const { ts } = context
  const initializer = constInitializer(context, node.expression)
  const object = initializer ? unwrapExpression(ts, initializer) : undefined
  if (!object || !ts.isObjectLiteralExpression(object)) return undefined
  const member = object.properties.find(({ name }) => name && ts.isIdentifier(name) && name.text === node.name.text)
  if (member && ts.isShorthandPropertyAssignment(member)) return member.name
  return member && ts.isPropertyAssignment(member) ? member.initializer : undefined
}

/** @returns whether an expression names a parameter that gets no argument */
export function isLeftOut({ ts, symbols, bindings }: SourceContext, node: ts.Expression): boolean {
  const symbol = symbols.resolve(node)
  const declaration = symbol?.valueDeclaration
  return symbol !== undefined && declaration !== undefined && ts.isParameter(declaration) && !bindings.has(symbol)
}

/**
 * Evaluates an expression without running it: literals, constants, enums, sums.
 *
 * @returns its value; undefined where that is known at run time only
 */
export function literalValue(context: SourceContext, expression: ts.Expression): Literal | undefined {
  const { ts, checker } = context
  const node = unwrapExpression(ts, expression)
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isNumericLiteral(node)) return Number(node.text)
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) {
    const value = literalValue(context, node.operand)
    return typeof value === 'number' ? -value : undefined
  }
  if (ts.isTemplateExpression(node)) {
    const parts = node.templateSpans.map(({ expression, literal }) => {
      const value = literalValue(context, expression)
      return value === undefined ? undefined : `${String(value)}${literal.text}`
    })
    return parts.includes(undefined) ? undefined : `${node.head.text}${parts.join('')}`
  }
  if (ts.isBinaryExpression(node)) return binaryValue(context, node)
  const initializer = constInitializer(context, node)
  if (initializer) return literalValue(context, initializer)
  const type = checker.getTypeAtLocation(node)
  return type.isStringLiteral() || type.isNumberLiteral() ? type.value : undefined
}

/** @returns the value of `left + right`, `-`, `*` or `/`; undefined for other operators and operands */
function binaryValue(context: SourceContext, node: ts.BinaryExpression): Literal | undefined {
  const { SyntaxKind } = context.ts
  const left = literalValue(context, node.left)
  const right = literalValue(context, node.right)
  if (typeof left === 'string' && typeof right === 'string') {
    return node.operatorToken.kind === SyntaxKind.PlusToken ? left + right : undefined
  }
  if (typeof left !== 'number' || typeof right !== 'number') return undefined
  if (node.operatorToken.kind === SyntaxKind.PlusToken) return left + right
  if (node.operatorToken.kind === SyntaxKind.MinusToken) return left - right
  if (node.operatorToken.kind === SyntaxKind.AsteriskToken) return left * right
  return node.operatorToken.kind === SyntaxKind.SlashToken ? left / right : undefined
}
