import type { AssignmentPattern, Expression, Function as FunctionNode, Pattern } from 'acorn'
import { parseExpressionAt } from 'acorn'
import { JobDefinitionError } from '../../errors.js'

/** The parameters of a job, read from the source of its function. */
export interface SourceParameters {
  readonly parameters: readonly { readonly name: string; readonly optional: boolean }[]
  /** Whether the arguments are the members of one destructured parameter. */
  readonly spread: boolean
}

/**
 * Reads the names of a function's parameters from its source.
 *
 * @param job - name of the job, for errors
 * @throws {@link JobDefinitionError} for parameters without names: rest parameters, nested destructuring, native functions
 */
export function readParameters(job: string, run: (...args: never[]) => unknown): SourceParameters {
  const { params } = parse(job, run)
  const [first] = params
  const pattern = first?.type === 'AssignmentPattern' ? first.left : first
  if (params.length === 1 && pattern?.type === 'ObjectPattern') {
    return { spread: true, parameters: members(job, pattern) }
  }
  return { spread: false, parameters: params.map((param, i) => named(job, param, i)) }
}

function parse(job: string, run: (...args: never[]) => unknown): FunctionNode {
  const source = Function.prototype.toString.call(run)
  const options = { ecmaVersion: 'latest', checkPrivateFields: false, allowSuperOutsideMethod: true } as const
  // The source of a method is valid only inside an object, that of a function only outside of one.
  for (const text of [`({${source}})`, `(${source})`]) {
    try {
      const node = functionOf(parseExpressionAt(text, 0, options))
      if (node) return node
    } catch {
      continue
    }
  }
  throw new JobDefinitionError(job, 'the parameters of run cannot be read from its source; generate a manifest')
}

function functionOf(node: Expression): FunctionNode | null {
  if (node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression') return node
  if (node.type !== 'ObjectExpression') return null
  const [property] = node.properties
  return property?.type === 'Property' && property.value.type === 'FunctionExpression' ? property.value : null
}

function members(job: string, pattern: Extract<Pattern, { type: 'ObjectPattern' }>): SourceParameters['parameters'] {
  return pattern.properties.map((property) => {
    if (property.type === 'RestElement' || property.computed || property.key.type !== 'Identifier') {
      throw new JobDefinitionError(job, 'expected the destructured parameter of run to have plain member names')
    }
    return { name: property.key.name, optional: property.value.type === 'AssignmentPattern' }
  })
}

function named(job: string, param: Pattern, index: number): { name: string; optional: boolean } {
  if (param.type === 'Identifier') return { name: param.name, optional: false }
  if (isDefault(param) && param.left.type === 'Identifier') return { name: param.left.name, optional: true }
  if (param.type === 'RestElement')
    throw new JobDefinitionError(job, 'run has a rest parameter, and arguments go by name; use an array')
  throw new JobDefinitionError(job, `parameter ${String(index + 1)} of run has no name; destructure only a single one`)
}

function isDefault(param: Pattern): param is AssignmentPattern {
  return param.type === 'AssignmentPattern'
}
