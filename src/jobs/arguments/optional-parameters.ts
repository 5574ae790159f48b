import type ts from 'typescript'

/**
 * Compiles the optional parameters of jobs (`limit?: number`) to `limit = undefined`. TypeScript would erase the question
 * mark, and the compiled source of `run` is where the names of arguments, and which of them are optional, are read from.
 */
export function optionalParameters(typescript: typeof ts): ts.TransformerFactory<ts.SourceFile> {
  return (context) => {
    const mark = (parameter: ts.ParameterDeclaration): ts.ParameterDeclaration => {
      if (parameter.questionToken === undefined) return parameter
      const { modifiers, dotDotDotToken, name, type } = parameter
      const nothing = context.factory.createVoidZero()
      return context.factory.updateParameterDeclaration(
        parameter,
        modifiers,
        dotDotDotToken,
        name,
        undefined,
        type,
        nothing,
      )
    }
    const markAll = (run: ts.Node): ts.Node =>
      typescript.visitEachChild(run, (child) => (typescript.isParameter(child) ? mark(child) : child), context)
    const visit = (node: ts.Node): ts.Node => {
      const inner = typescript.visitEachChild(node, visit, context)
      return isRun(typescript, node) ? markAll(inner) : inner
    }
    return (file) => typescript.visitEachChild(file, visit, context)
  }
}

/** Whether a node is a method `run` of a class, or a function that is written as an argument of `defineJob`. */
function isRun(typescript: typeof ts, node: ts.Node): boolean {
  if (typescript.isMethodDeclaration(node)) return typescript.isIdentifier(node.name) && node.name.text === 'run'
  if (!typescript.isFunctionExpression(node) && !typescript.isArrowFunction(node)) return false
  if (!typescript.isCallExpression(node.parent)) return false
  const { expression } = node.parent
  const name = typescript.isPropertyAccessExpression(expression) ? expression.name : expression
  return typescript.isIdentifier(name) && name.text === 'defineJob'
}
