import type ts from 'typescript'
import type { SourceContext } from '../read/source-context.js'

/** The reason why values of a type cannot go over the wire, and what to write in its place. */
export interface WireProblem {
  readonly what: string
  readonly fix: string
}

/**
 * Looks for what keeps an object type off the wire: functions, promises, instances of classes, methods.
 *
 * @param isDto - whether classes are allowed, since instances are made of plain objects
 * @returns the problem; null for plain data
 */
export function wireProblem({ ts, checker }: SourceContext, type: ts.Type, isDto: boolean): WireProblem | null {
  const symbol = type.symbol as ts.Symbol | undefined
  const name = symbol?.name ?? 'it'
  if (type.getCallSignatures().length + type.getConstructSignatures().length > 0) {
    return { what: 'a function', fix: 'pass data, and what to do with it by the name of a job' }
  }
  if (name === 'Promise' || name === 'PromiseLike')
    return { what: 'a promise', fix: 'await it, and pass what it gives' }
  if (name === 'Buffer') return { what: 'a Buffer, which arrives as a Uint8Array', fix: 'write Uint8Array' }
  if (name === 'Function') return { what: 'a function', fix: 'pass data' }
  const isClass = symbol !== undefined && (symbol.flags & ts.SymbolFlags.Class) !== 0
  if (isClass && !isDto) {
    return {
      what: `an instance of the class ${name}`,
      fix: 'pass its data as a plain object, typed by an interface; or mark a DTO by @Args()',
    }
  }
  const method = checker.getPropertiesOfType(type).find((member) => (member.flags & ts.SymbolFlags.Method) !== 0)
  if (!method) return null
  const what = isClass
    ? `an instance of the class ${name}`
    : `${name.startsWith('_') ? 'an object' : `of type ${name}`} with a method ${method.name}`
  return { what, fix: 'pass its data as a plain object, typed by an interface without methods' }
}
