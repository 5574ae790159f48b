import type ts from 'typescript'
import { unwrapExpression } from './literal-value.js'
import type { SourceContext } from './source-context.js'

/** A call of `Job` or `defineJob`, and what the names in it stand for. */
export interface FollowedCall {
  readonly context: SourceContext
  /** Undefined for a decorator that is not called. */
  readonly options: ts.Expression | undefined
}

/** Functions that are followed into each other. */
const DEEPEST = 10

/**
 * Follows an expression to the call of `Job` or `defineJob` that it stands for: the call itself, a constant, or a function of
 * the project that returns one, such as `const Retrying = (o: JobOptions) => Job({ maxRetries: 3, ...o })`.
 *
 * @param name - of the function of this package
 * @returns null where it stands for anything else
 */
export function followCall(
  context: SourceContext,
  expression: ts.Expression,
  name: 'Job' | 'defineJob',
  depth = 0,
): FollowedCall | null {
  const { ts, symbols } = context
  const node = unwrapExpression(ts, expression)
  if (depth > DEEPEST) return null
  if (!ts.isCallExpression(node)) {
    if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return null
    // A decorator without its parentheses is reported when it runs.
    if (symbols.nameOf(node) === name) return { context, options: undefined }
    const declaration = symbols.resolve(node)?.valueDeclaration
    const value = declaration && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined
    return value ? followCall(context, value, name, depth + 1) : null
  }
  if (symbols.nameOf(node.expression) === name) return { context, options: node.arguments[0] }
  const called = functionOf(context, node.expression)
  if (called) {
    const inner = { ...context, bindings: bindingsOf(context, called, node) }
    for (const returned of returnedBy(context, called)) {
      const found = followCall(inner, returned, name, depth + 1)
      if (found) return found
    }
    return null
  }
  // A function of another package may join decorators: `applyDecorators(Job(), Other())`.
  for (const argument of node.arguments) {
    const found = ts.isCallExpression(argument) ? followCall(context, argument, name, depth + 1) : null
    if (found) return found
  }
  return null
}

/** Whether a function of the project calls `Job` somewhere, in a way that cannot be followed. */
export function callsSomewhere(context: SourceContext, expression: ts.Expression, name: 'Job'): boolean {
  const { ts, symbols } = context
  const called = functionOf(context, ts.isCallExpression(expression) ? expression.expression : expression)
  const look = (node: ts.Node): boolean =>
    (ts.isCallExpression(node) && symbols.nameOf(node.expression) === name) ||
    ts.forEachChild(node, (child) => look(child) || undefined) === true
  return called?.body !== undefined && look(called.body)
}

type ProjectFunction = ts.FunctionDeclaration | ts.FunctionExpression | ts.ArrowFunction | ts.MethodDeclaration

/** @returns the function of the project that an expression names; null for one without a body to read */
function functionOf({ ts, symbols }: SourceContext, expression: ts.Expression): ProjectFunction | null {
  const declaration = symbols
    .resolve(expression)
    ?.declarations?.find(
      (each) =>
        ts.isVariableDeclaration(each) || ts.isPropertyAssignment(each) || ('body' in each && each.body !== undefined),
    )
  if (!declaration) return null
  const value =
    (ts.isVariableDeclaration(declaration) || ts.isPropertyAssignment(declaration)) && declaration.initializer
      ? unwrapExpression(ts, declaration.initializer)
      : declaration
  return ts.isFunctionDeclaration(value) ||
    ts.isFunctionExpression(value) ||
    ts.isArrowFunction(value) ||
    ts.isMethodDeclaration(value)
    ? value
    : null
}

/** @returns the expressions that a function may return */
function returnedBy({ ts }: SourceContext, { body }: ProjectFunction): readonly ts.Expression[] {
  if (!body) return []
  if (!ts.isBlock(body)) return [body]
  const returned: ts.Expression[] = []
  const look = (node: ts.Node): void => {
    if (ts.isReturnStatement(node) && node.expression) returned.push(node.expression)
    if (!ts.isFunctionLike(node)) ts.forEachChild(node, look)
  }
  ts.forEachChild(body, look)
  return returned
}

/** @returns what the parameters of a called function stand for, with those of the caller */
function bindingsOf(
  { ts, checker, bindings }: SourceContext,
  { parameters }: ProjectFunction,
  call: ts.CallExpression,
): ReadonlyMap<ts.Symbol, ts.Expression> {
  const bound = new Map(bindings)
  for (const [i, { name, initializer }] of parameters.entries()) {
    const value = call.arguments[i] ?? initializer
    const symbol = ts.isIdentifier(name) ? checker.getSymbolAtLocation(name) : undefined
    if (symbol && value) bound.set(symbol, value)
    if (ts.isObjectBindingPattern(name) && value) bindMembers({ ts, checker }, name, value, bound)
  }
  return bound
}

/** Binds the names of a destructured parameter to the members of the object that is passed. */
function bindMembers(
  { ts, checker }: Pick<SourceContext, 'ts' | 'checker'>,
  pattern: ts.ObjectBindingPattern,
  value: ts.Expression,
  bound: Map<ts.Symbol, ts.Expression>,
): void {
  const given = unwrapExpression(ts, value)
  const members = ts.isObjectLiteralExpression(given) ? given.properties : []
  for (const { name, propertyName, initializer, dotDotDotToken } of pattern.elements) {
    const symbol = ts.isIdentifier(name) ? checker.getSymbolAtLocation(name) : undefined
    if (!symbol) continue
    // The rest has the other members, and those that have names of their own do no harm in it.
    if (dotDotDotToken) bound.set(symbol, value)
    const key = propertyName ?? name
    const text = ts.isIdentifier(key) || ts.isStringLiteral(key) ? key.text : null
    const member = members.find((each) => each.name !== undefined && 'text' in each.name && each.name.text === text)
    const of = member && ts.isPropertyAssignment(member) ? member.initializer : initializer
    if (!dotDotDotToken && of) bound.set(symbol, of)
  }
}
