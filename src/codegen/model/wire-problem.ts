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
export function wireProblem(context: SourceContext, type: ts.Type, isDto: boolean): WireProblem | null {
  const { ts, checker } = context
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
  if (isError(context, type)) return { what: 'an Error', fix: 'pass its name and message in an object of your own' }
  // Of a class in a DTO, the data members alone are passed.
  if (isClass) return null
  const method = checker.getPropertiesOfType(type).find((member) => (member.flags & ts.SymbolFlags.Method) !== 0)
  if (!method) return null
  const what = `${name.startsWith('_') ? 'an object' : `of type ${name}`} with a method ${method.name}`
  return { what, fix: 'pass its data as a plain object, typed by an interface without methods' }
}

/** @returns whether a type is the language's `Error`, or extends it: it has no methods, and still is no plain data */
function isError(context: SourceContext, type: ts.Type): boolean {
  const { checker, program } = context
  const symbol = type.symbol as ts.Symbol | undefined
  const file = symbol?.declarations?.[0]?.getSourceFile()
  if (symbol?.name === 'Error' && file && program.isSourceFileDefaultLibrary(file)) return true
  return type.isClassOrInterface() && checker.getBaseTypes(type).some((base) => isError(context, base))
}
