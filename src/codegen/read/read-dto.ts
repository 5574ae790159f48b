import type ts from 'typescript'
import { hasInitializer, isDataMember } from './data-member.js'
import type { SourceContext } from './source-context.js'

/** In what a caller's value differs from an instance of a DTO. */
export interface DtoSource {
  /** Paths of the members that have an initialiser, and so may be left out: `subject`, `address.country`. */
  readonly leftOut: readonly string[]
  /** Whether a class inside it has members that are no data. */
  readonly hasOthers: boolean
}

/** Reads a DTO's class with the classes inside it; of one that contains itself, the first level. */
export function readDto(context: SourceContext, dto: ts.Type): DtoSource {
  const { ts, checker } = context
  const leftOut: string[] = []
  let hasOthers = false
  const visit = (type: ts.Type, path: string, open: readonly ts.Type[]): void => {
    for (const member of checker.getPropertiesOfType(type)) {
      if (!isDataMember(ts, member)) {
        // Members at the top are left out by their names.
        hasOthers ||= path !== ''
        continue
      }
      const at = path === '' ? member.name : `${path}.${member.name}`
      if (hasInitializer(ts, member)) leftOut.push(at)
      for (const inner of classesIn(context, checker.getTypeOfSymbol(member))) {
        if (!open.includes(inner)) visit(inner, at, [...open, inner])
      }
    }
  }
  visit(dto, '', [dto])
  return { leftOut, hasOthers }
}

/** @returns the user's classes that a member's value may be made of: itself, items of a list, members of a union */
function classesIn(context: SourceContext, type: ts.Type): readonly ts.Type[] {
  const { ts, checker, program } = context
  if (type.isUnion()) return type.types.flatMap((each) => classesIn(context, each))
  if (checker.isArrayType(type) || checker.isTupleType(type)) {
    return checker.getTypeArguments(type as ts.TypeReference).flatMap((item) => classesIn(context, item))
  }
  const symbol = type.symbol as ts.Symbol | undefined
  if (symbol === undefined || (symbol.flags & ts.SymbolFlags.Class) === 0) return []
  return symbol.declarations?.some((each) => program.isSourceFileDefaultLibrary(each.getSourceFile())) === true
    ? []
    : [type]
}
