import type ts from 'typescript'
import type { SourceContext } from '../read/source-context.js'

/** @returns a name for an object type or an alias, with its type arguments: `PageOfUser`; null for a type without a name */
export function typeName(context: SourceContext, type: ts.Type): string | null {
  const named = namingSymbol(context, type)
  if (!named || !/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(named.name)) return null
  const given = named === type.aliasSymbol ? (type.aliasTypeArguments ?? []) : typeArguments(context, type)
  const names = given.filter((argument) => !isThisType(argument)).map((argument) => argumentName(context, argument))
  if (names.length === 0) return named.name
  return `${named.name}Of${names.join('And')}`
}

/** @returns the alias, interface or class that names a type; no alias of the language, since `Partial` says little */
function namingSymbol({ ts, program }: SourceContext, type: ts.Type): ts.Symbol | null {
  const alias = type.aliasSymbol
  const isOwn = alias?.declarations?.some((each) => program.isSourceFileDefaultLibrary(each.getSourceFile())) !== true
  if (alias && isOwn) return alias
  const symbol = type.symbol as ts.Symbol | undefined
  return symbol && (symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)) !== 0 ? symbol : null
}

/** @returns the type arguments of a reference to a generic type */
function typeArguments({ ts, checker }: SourceContext, type: ts.Type): readonly ts.Type[] {
  const { objectFlags = 0 } = type as { readonly objectFlags?: ts.ObjectFlags }
  return (objectFlags & ts.ObjectFlags.Reference) === 0 ? [] : checker.getTypeArguments(type as ts.TypeReference)
}

/** @returns whether a type is the `this` that every class has as a hidden type argument */
function isThisType(type: ts.Type): boolean {
  return (type as { readonly isThisType?: boolean }).isThisType === true
}

/** @returns a name for a type argument, of up to four words */
function argumentName(context: SourceContext, type: ts.Type): string {
  const name =
    typeName(context, type) ??
    context.checker
      .typeToString(type)
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()
  const words = name.split(' ').slice(0, 4)
  return words.map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`).join('')
}
