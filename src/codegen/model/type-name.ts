import type ts from 'typescript'
import type { Reading } from '../read/reading.js'

/** A name for an object type or an alias, with its type arguments: `PageOfUser`. Null for one without a name. */
export function typeName(reading: Reading, type: ts.Type): string | null {
  const named = namedBy(reading, type)
  if (!named || !/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(named.name)) return null
  const given = named === type.aliasSymbol ? (type.aliasTypeArguments ?? []) : argumentsOf(reading, type)
  const names = given.filter((argument) => !isThis(argument)).map((argument) => argumentName(reading, argument))
  if (names.length === 0) return named.name
  return `${named.name}Of${names.join('And')}`
}

/** The alias, interface or class that names a type, but for the language's own: what `Partial<User>` is called says little. */
function namedBy({ ts, program }: Reading, type: ts.Type): ts.Symbol | null {
  const alias = type.aliasSymbol
  const isOwn = alias?.declarations?.some((each) => program.isSourceFileDefaultLibrary(each.getSourceFile())) !== true
  if (alias && isOwn) return alias
  const symbol = type.symbol as ts.Symbol | undefined
  return symbol && (symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)) !== 0 ? symbol : null
}

function argumentsOf({ ts, checker }: Reading, type: ts.Type): readonly ts.Type[] {
  const { objectFlags = 0 } = type as { readonly objectFlags?: ts.ObjectFlags }
  return (objectFlags & ts.ObjectFlags.Reference) === 0 ? [] : checker.getTypeArguments(type as ts.TypeReference)
}

function isThis(type: ts.Type): boolean {
  return (type as { readonly isThisType?: boolean }).isThisType === true
}

function argumentName(reading: Reading, type: ts.Type): string {
  const name =
    typeName(reading, type) ??
    reading.checker
      .typeToString(type)
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()
  const words = name.split(' ').slice(0, 4)
  return words.map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`).join('')
}
