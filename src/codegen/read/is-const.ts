import type ts from 'typescript'
import type { TypeScript } from '../load-typescript.js'

/** Whether a variable is a `const`: its initializer is its value. */
export function isConst(ts: TypeScript, declaration: ts.VariableDeclaration): boolean {
  return (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0
}
