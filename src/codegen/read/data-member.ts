import type ts from 'typescript'
import type { TypeScript } from '../load-typescript.js'

/** @returns whether a caller gives this member of a DTO: it is public, and neither a method nor an accessor */
export function isDataMember(ts: TypeScript, member: ts.Symbol): boolean {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected
  const open = (member.declarations ?? []).every(
    (declaration) => (ts.getCombinedModifierFlags(declaration) & hidden) === 0 && !isPrivateName(ts, declaration),
  )
  return open && (member.flags & ts.SymbolFlags.Property) !== 0
}

/** @returns whether the class itself gives a member its value, so that a caller may leave it out */
export function hasInitializer(ts: TypeScript, member: ts.Symbol): boolean {
  const { valueDeclaration } = member
  return (
    valueDeclaration !== undefined &&
    ts.isPropertyDeclaration(valueDeclaration) &&
    valueDeclaration.initializer !== undefined
  )
}

/** @returns whether a member is named like `#name` */
function isPrivateName(ts: TypeScript, declaration: ts.Declaration): boolean {
  const name = ts.getNameOfDeclaration(declaration)
  return name !== undefined && ts.isPrivateIdentifier(name)
}
