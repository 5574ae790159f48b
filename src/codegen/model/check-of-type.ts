import type ts from 'typescript'
import type { Check } from '../../model/manifest.js'
import { plainUnion } from './plain-union.js'
import type { Reading } from '../read/reading.js'
import { typeName } from './type-name.js'

/** Where a type stands: for problems. */
export interface Place {
  readonly node: ts.Node
  /** `argument callback.onDone`, `the result` */
  readonly path: string
  /** Classes are made of plain objects here: it is a DTO's member. */
  readonly dto: boolean
}

/** Deepest nesting that is followed: a generic type may unfold for ever. */
const DEEPEST = 30

/**
 * Turns types into checks, and records what cannot go over the wire. Made once a run of the generator: named object types
 * are turned once and referred to.
 */
export class CheckOfType {
  /** Checks of the named types met so far. */
  readonly types = new Map<string, Check>()
  readonly #names = new Map<ts.Type, { plain?: string; dto?: string }>()
  #depth = 0

  constructor(private readonly reading: Reading) {}

  /** @param optional - undefined is taken care of by whoever holds the value */
  of(type: ts.Type, place: Place, optional = false): Check {
    if (this.#depth > DEEPEST) return 'any'
    this.#depth += 1
    try {
      return this.#any(type, place, optional)
    } finally {
      this.#depth -= 1
    }
  }

  #any(type: ts.Type, place: Place, optional: boolean): Check {
    const { ts, checker } = this.reading
    const { TypeFlags } = ts
    const { flags } = type
    if ((flags & TypeFlags.Any) !== 0) return this.#anyOrUnresolved(type, place)
    if ((flags & TypeFlags.Unknown) !== 0 || (flags & TypeFlags.NonPrimitive) !== 0) return 'any'
    if (
      (flags & TypeFlags.Instantiable) !== 0 &&
      (flags & (TypeFlags.TemplateLiteral | TypeFlags.StringMapping)) === 0
    ) {
      const constraint = checker.getBaseConstraintOfType(type)
      return constraint && constraint !== type ? this.of(constraint, place, optional) : 'any'
    }
    const primitive = this.#primitive(type)
    if (primitive !== null) return primitive
    if ((flags & (TypeFlags.ESSymbol | TypeFlags.UniqueESSymbol)) !== 0)
      return this.#refuse(place, 'a symbol', 'use a string')
    if (type.isUnion()) return this.#union(type, place, optional)
    if (type.isIntersection()) {
      // A branded primitive: `string & { readonly brand: 'Email' }`.
      for (const part of type.types) {
        const branded = this.#primitive(part)
        if (branded !== null) return branded
      }
    }
    return this.#object(type, place)
  }

  /** The compiler gives `any` for what it cannot resolve, and says so nowhere else in its API. */
  #anyOrUnresolved(type: ts.Type, place: Place): Check {
    if ((type as { readonly intrinsicName?: string }).intrinsicName === 'error') {
      this.reading.problems.add(place.node, `the type of ${place.path} cannot be resolved; run tsc to see why`)
    }
    return 'any'
  }

  #primitive(type: ts.Type): Check | null {
    const { TypeFlags } = this.reading.ts
    const { flags } = type
    if (type.isStringLiteral() || type.isNumberLiteral()) return { literal: type.value }
    if ((flags & TypeFlags.BooleanLiteral) !== 0) {
      return { literal: (type as { readonly intrinsicName?: string }).intrinsicName === 'true' }
    }
    if ((flags & TypeFlags.Boolean) !== 0) return 'boolean'
    if ((flags & (TypeFlags.StringLike | TypeFlags.TemplateLiteral | TypeFlags.StringMapping)) !== 0 && !type.isUnion())
      return 'string'
    if ((flags & TypeFlags.NumberLike) !== 0 && !type.isUnion()) return 'number'
    if ((flags & TypeFlags.BigIntLike) !== 0) return 'bigint'
    if ((flags & TypeFlags.Null) !== 0) return 'null'
    if ((flags & (TypeFlags.Undefined | TypeFlags.Void)) !== 0) return 'undefined'
    return (flags & TypeFlags.Never) !== 0 ? { union: [] } : null
  }

  #union(type: ts.UnionType, place: Place, optional: boolean): Check {
    const { TypeFlags } = this.reading.ts
    const members = optional ? type.types.filter(({ flags }) => (flags & TypeFlags.Undefined) === 0) : type.types
    const name = members.length === type.types.length && type.aliasSymbol ? typeName(this.reading, type) : null
    const read = (): Check => plainUnion(members.map((member) => this.of(member, place)))
    return name === null ? read() : this.#named(type, name, place.dto, read)
  }

  #object(type: ts.Type, place: Place): Check {
    const { checker } = this.reading
    if (checker.isTupleType(type)) return this.#tuple(type as ts.TypeReference, place)
    if (checker.isArrayType(type)) {
      const [item] = checker.getTypeArguments(type as ts.TypeReference)
      return { array: item ? this.of(item, { ...place, path: `${place.path}[]` }) : 'any' }
    }
    const known = this.#builtIn(type, place)
    if (known !== null) return known
    const refused = this.#whyNot(type, place)
    if (refused) return this.#refuse(place, refused.what, refused.fix)
    const name = typeName(this.reading, type)
    const read = (): Check => this.#members(type, place)
    return name === null ? read() : this.#named(type, name, place.dto, read)
  }

  #tuple(type: ts.TypeReference, place: Place): Check {
    const { ts, checker } = this.reading
    const { elementFlags, minLength } = type.target as ts.TupleType
    const items = checker.getTypeArguments(type)
    const checks = items.map((item, i) =>
      this.of(item, { ...place, path: `${place.path}[${String(i)}]` }, i >= minLength),
    )
    const variable = elementFlags.findIndex((flags) => (flags & ts.ElementFlags.Variable) !== 0)
    if (variable >= 0 && variable < items.length - 1) return { array: plainUnion(checks) }
    const rest = variable < 0 ? undefined : checks.at(-1)
    const fixed = variable < 0 ? checks : checks.slice(0, -1)
    const forms: Check[] = []
    for (let length = Math.min(minLength, fixed.length); length < fixed.length; length++)
      forms.push({ tuple: fixed.slice(0, length) })
    forms.push({ tuple: fixed, ...(rest !== undefined && { rest }) })
    return forms.length === 1 && forms[0] !== undefined ? forms[0] : { union: forms }
  }

  /** The objects of the language that are carried as they are. */
  #builtIn(type: ts.Type, place: Place): Check | null {
    const { checker, program } = this.reading
    const symbol = type.symbol as ts.Symbol | undefined
    const isBuiltIn =
      symbol?.declarations?.some((each) => program.isSourceFileDefaultLibrary(each.getSourceFile())) === true
    if (!symbol || !isBuiltIn) return null
    const items = (): Check[] => checker.getTypeArguments(type as ts.TypeReference).map((item) => this.of(item, place))
    switch (symbol.name) {
      case 'Date':
        return 'date'
      case 'Uint8Array':
        return 'bytes'
      case 'Map':
      case 'ReadonlyMap': {
        const [key = 'any', value = 'any'] = items()
        return { map: [key, value] }
      }
      case 'Set':
      case 'ReadonlySet':
        return { set: items()[0] ?? 'any' }
      default:
        return null
    }
  }

  /** Why an object cannot go over the wire. */
  #whyNot(type: ts.Type, place: Place): { readonly what: string; readonly fix: string } | null {
    const { ts, checker } = this.reading
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
    if (isClass && !place.dto) {
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

  #members(type: ts.Type, place: Place): Check {
    const { ts, checker } = this.reading
    const object: Record<string, Check> = {}
    for (const member of checker.getPropertiesOfType(type)) {
      const node = this.#placeOf(member, place)
      const path = `${place.path}.${member.name}`
      if (member.escapedName.toString().startsWith('__@')) {
        this.#refuse({ ...place, node }, 'an object with a member named by a symbol', 'name it by a string')
        continue
      }
      const optional = (member.flags & ts.SymbolFlags.Optional) !== 0
      const of = checker.getTypeOfSymbol(member)
      object[optional ? `${member.name}?` : member.name] = this.of(of, { ...place, node, path }, optional)
    }
    const rests = checker
      .getIndexInfosOfType(type)
      .map((info) => this.of(info.type, { ...place, path: `${place.path}[]` }))
    const isEmpty = Object.keys(object).length === 0
    if (rests.length === 0) return isEmpty && !isFresh(ts, type) ? 'any' : { object }
    const rest = plainUnion(rests)
    return isEmpty ? { record: rest } : { object, rest }
  }

  /** A problem with a member is told where the member is written, if that is a file of the user's. */
  #placeOf(member: ts.Symbol, place: Place): ts.Node {
    const declaration = member.valueDeclaration
    const file = declaration?.getSourceFile()
    const { program } = this.reading
    if (!file || program.isSourceFileDefaultLibrary(file) || program.isSourceFileFromExternalLibrary(file))
      return place.node
    return declaration ?? place.node
  }

  #named(type: ts.Type, wanted: string, dto: boolean, read: () => Check): Check {
    const names = this.#names.get(type) ?? {}
    const kind = dto ? 'dto' : 'plain'
    const known = names[kind]
    if (known !== undefined) return { ref: known }
    let name = wanted
    for (let n = 2; this.types.has(name); n++) name = `${wanted}${String(n)}`
    this.#names.set(type, { ...names, [kind]: name })
    // Taken before its members are read, which may refer to it.
    this.types.set(name, 'any')
    this.types.set(name, read())
    return { ref: name }
  }

  #refuse({ node, path }: Place, what: string, fix: string): Check {
    this.reading.problems.add(node, `${path} is ${what}, which cannot go over the wire; ${fix}`)
    return 'any'
  }
}

/** An interface or class without members means an object without any; the bare type `{}` means anything but null. */
function isFresh(ts: Reading['ts'], type: ts.Type): boolean {
  const symbol = type.symbol as ts.Symbol | undefined
  return symbol !== undefined && (symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)) !== 0
}
