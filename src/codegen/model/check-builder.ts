import type ts from 'typescript'
import type { Check } from '../../model/manifest.js'
import { normalizeUnion } from './normalize-union.js'
import { hasInitializer, isDataMember } from '../read/data-member.js'
import type { SourceContext } from '../read/source-context.js'
import { typeName } from './type-name.js'
import { wireProblem } from './wire-problem.js'

/** The position of a type in the source, for problems with it. */
export interface TypePosition {
  readonly node: ts.Node
  /** `argument callback.onDone`, `the result` */
  readonly path: string
  /** Whether it is inside a DTO: classes are made of plain objects there. */
  readonly dto: boolean
}

/** Deepest nesting that is followed. */
const DEEPEST = 200
/** Most types of one declaration inside each other: a generic type may unfold without end. */
const MOST_OF_ONE = 50

/**
 * Builds the checks of types, and records types that cannot go over the wire. Created once a run of the generator: the check
 * of a named type is built once, and is referred to elsewhere.
 */
export class CheckBuilder {
  /** Checks of the named types met so far. */
  readonly types = new Map<string, Check>()
  readonly #names = new Map<ts.Type, { plain?: string; dto?: string }>()
  /** The declarations whose types are being built, with how often. */
  readonly #open = new Map<ts.Symbol, number>()
  #depth = 0
  #isEndless = false

  constructor(private readonly context: SourceContext) {}

  /**
   * Builds the check of a type.
   *
   * @param optional - whether `undefined` is left out: the member or the parameter itself may be absent
   * @returns the check; `any` where there is a problem, which has been recorded
   */
  build(type: ts.Type, position: TypePosition, optional = false): Check {
    const declared = (type.aliasSymbol ?? type.symbol) as ts.Symbol | undefined
    const nested = declared === undefined ? 0 : (this.#open.get(declared) ?? 0)
    if (this.#depth === 0) this.#isEndless = false
    if (this.#isEndless) return 'any'
    if (this.#depth > DEEPEST || nested > MOST_OF_ONE) return this.#refuseEndless(position)
    this.#depth += 1
    if (declared !== undefined) this.#open.set(declared, nested + 1)
    try {
      return this.#any(type, position, optional)
    } finally {
      this.#depth -= 1
      if (declared !== undefined) this.#open.set(declared, nested)
    }
  }

  /** Records that a type has no end, and lets the rest of it be: each further level may have twice as many types. */
  #refuseEndless({ node, path }: TypePosition): Check {
    this.#isEndless = true
    const [start = path] = path.split(/[.[]/)
    this.context.problems.add(
      node,
      `the type of ${start} unfolds without end; give it an end, or use an interface that refers to itself, or unknown`,
    )
    return 'any'
  }

  #any(type: ts.Type, position: TypePosition, optional: boolean): Check {
    const { ts, checker } = this.context
    const { TypeFlags } = ts
    const { flags } = type
    if ((flags & TypeFlags.Any) !== 0) return this.#anyOrUnresolved(type, position)
    if ((flags & TypeFlags.Unknown) !== 0 || (flags & TypeFlags.NonPrimitive) !== 0) return 'any'
    if (
      (flags & TypeFlags.Instantiable) !== 0 &&
      (flags & (TypeFlags.TemplateLiteral | TypeFlags.StringMapping)) === 0
    ) {
      const constraint = checker.getBaseConstraintOfType(type)
      return constraint && constraint !== type ? this.build(constraint, position, optional) : 'any'
    }
    const primitive = this.#primitive(type)
    if (primitive !== null) return primitive
    if ((flags & (TypeFlags.ESSymbol | TypeFlags.UniqueESSymbol)) !== 0)
      return this.#refuse(position, 'a symbol', 'use a string')
    if (type.isUnion()) return this.#union(type, position, optional)
    if (type.isIntersection()) {
      // A branded primitive: `string & { readonly brand: 'Email' }`.
      for (const part of type.types) {
        const branded = this.#primitive(part)
        if (branded !== null) return branded
      }
    }
    return this.#object(type, position)
  }

  /** @returns `any`, with a problem for a type that cannot be resolved: the compiler gives `any` for that as well */
  #anyOrUnresolved(type: ts.Type, position: TypePosition): Check {
    if ((type as { readonly intrinsicName?: string }).intrinsicName === 'error') {
      this.context.problems.add(position.node, `the type of ${position.path} cannot be resolved; run tsc to see why`)
    }
    return 'any'
  }

  /** @returns the check of a primitive or a literal; null for any other type */
  #primitive(type: ts.Type): Check | null {
    const { TypeFlags } = this.context.ts
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

  /** @returns the check of a union, by reference where an alias names it */
  #union(type: ts.UnionType, position: TypePosition, optional: boolean): Check {
    const { TypeFlags } = this.context.ts
    const members = optional ? type.types.filter(({ flags }) => (flags & TypeFlags.Undefined) === 0) : type.types
    const name = members.length === type.types.length && type.aliasSymbol ? typeName(this.context, type) : null
    const read = (): Check => normalizeUnion(members.map((member) => this.build(member, position)))
    return name === null ? read() : this.#named(type, name, position.dto, read)
  }

  /** @returns the check of a list, a built-in class or an object */
  #object(type: ts.Type, position: TypePosition): Check {
    const { checker } = this.context
    if (checker.isTupleType(type)) return this.#tuple(type as ts.TypeReference, position)
    if (checker.isArrayType(type)) {
      const [item] = checker.getTypeArguments(type as ts.TypeReference)
      return { array: item ? this.build(item, { ...position, path: `${position.path}[]` }) : 'any' }
    }
    const known = this.#builtIn(type, position)
    if (known !== null) return known
    const item = interfaceOfList(this.context, type)
    if (item !== null) {
      const list = (): Check => ({ array: this.build(item, { ...position, path: `${position.path}[]` }) })
      return this.#named(type, typeName(this.context, type) ?? 'List', position.dto, list)
    }
    const problem = wireProblem(this.context, type, position.dto)
    if (problem) return this.#refuse(position, problem.what, problem.fix)
    const name = typeName(this.context, type)
    const read = (): Check => this.#members(type, position)
    return name === null ? read() : this.#named(type, name, position.dto, read)
  }

  /** @returns the check of a tuple; with optional items, a union of its lengths */
  #tuple(type: ts.TypeReference, position: TypePosition): Check {
    const { ts, checker } = this.context
    const { elementFlags, minLength } = type.target as ts.TupleType
    const items = checker.getTypeArguments(type)
    const checks = items.map((item, i) =>
      this.build(item, { ...position, path: `${position.path}[${String(i)}]` }, i >= minLength),
    )
    const variable = elementFlags.findIndex((flags) => (flags & ts.ElementFlags.Variable) !== 0)
    if (variable >= 0 && variable < items.length - 1) return { array: normalizeUnion(checks) }
    const rest = variable < 0 ? undefined : checks.at(-1)
    const fixed = variable < 0 ? checks : checks.slice(0, -1)
    const forms: Check[] = []
    for (let length = Math.min(minLength, fixed.length); length < fixed.length; length++)
      forms.push({ tuple: fixed.slice(0, length) })
    forms.push({ tuple: fixed, ...(rest !== undefined && { rest }) })
    return forms.length === 1 && forms[0] !== undefined ? forms[0] : { union: forms }
  }

  /** @returns the check of a class of the language that serializers carry; null for any other */
  #builtIn(type: ts.Type, position: TypePosition): Check | null {
    const { checker, program } = this.context
    const symbol = type.symbol as ts.Symbol | undefined
    const isBuiltIn =
      symbol?.declarations?.some((each) => program.isSourceFileDefaultLibrary(each.getSourceFile())) === true
    if (!symbol || !isBuiltIn) return null
    const items = (): Check[] =>
      checker.getTypeArguments(type as ts.TypeReference).map((item) => this.build(item, position))
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

  /** @returns the check of an object's members and its index signatures */
  #members(type: ts.Type, position: TypePosition): Check {
    const { ts, checker } = this.context
    const object: Record<string, Check> = {}
    for (const member of checker.getPropertiesOfType(type)) {
      const node = this.#positionOf(member, position)
      const path = `${position.path}.${member.name}`
      if (position.dto && isClass(ts, type) && !isDataMember(ts, member)) continue
      const isSymbol = member.escapedName.toString().startsWith('__@')
      // A brand, such as that of zod, is there for the compiler alone.
      if (isSymbol && type.isIntersection()) continue
      if (isSymbol) {
        this.#refuse({ ...position, node }, 'an object with a member named by a symbol', 'name it by a string')
        continue
      }
      const isBrand = type.isIntersection() && member.name.startsWith('__')
      const isLeftOut = position.dto && hasInitializer(ts, member)
      const optional = (member.flags & ts.SymbolFlags.Optional) !== 0 || isBrand || isLeftOut
      const of = checker.getTypeOfSymbol(member)
      object[optional ? `${member.name}?` : member.name] = this.build(of, { ...position, node, path }, optional)
    }
    const rests = checker
      .getIndexInfosOfType(type)
      .map((info) => this.build(info.type, { ...position, path: `${position.path}[]` }))
    const isEmpty = Object.keys(object).length === 0
    if (rests.length === 0) return isEmpty && !isDeclared(ts, type) ? 'any' : { object }
    const rest = normalizeUnion(rests)
    return isEmpty ? { record: rest } : { object, rest }
  }

  /** @returns the declaration of a member, if it is in a file of the project; else the position of the whole */
  #positionOf(member: ts.Symbol, position: TypePosition): ts.Node {
    const declaration = member.valueDeclaration
    const file = declaration?.getSourceFile()
    const { program } = this.context
    if (!file || program.isSourceFileDefaultLibrary(file) || program.isSourceFileFromExternalLibrary(file))
      return position.node
    return declaration ?? position.node
  }

  /** @returns a reference to a named type, whose check is built on first use */
  #named(type: ts.Type, wanted: string, dto: boolean, read: () => Check): Check {
    const names = this.#names.get(type) ?? {}
    const kind = dto ? 'dto' : 'plain'
    const known = names[kind]
    if (known !== undefined) return { ref: known }
    let name = wanted
    for (let n = 2; this.types.has(name); n++) name = `${wanted}${String(n)}`
    this.#names.set(type, { ...names, [kind]: name })
    // Reserved before its members are read, since they may refer to it.
    this.types.set(name, 'any')
    this.types.set(name, read())
    return { ref: name }
  }

  /** Records a type that cannot go over the wire. */
  #refuse({ node, path }: TypePosition, what: string, fix: string): Check {
    this.context.problems.add(node, `${path} is ${what}, which cannot go over the wire; ${fix}`)
    return 'any'
  }
}

/** @returns the type of the items of `interface Items extends Array<Item>`; null for any other type */
function interfaceOfList({ ts, checker }: SourceContext, type: ts.Type): ts.Type | null {
  const symbol = type.symbol as ts.Symbol | undefined
  if (symbol === undefined || (symbol.flags & ts.SymbolFlags.Interface) === 0 || isClass(ts, type)) return null
  if (!checker.isArrayLikeType(type)) return null
  return checker.getIndexTypeOfType(type, ts.IndexKind.Number) ?? null
}

function isClass(ts: SourceContext['ts'], type: ts.Type): boolean {
  const symbol = type.symbol as ts.Symbol | undefined
  return symbol !== undefined && (symbol.flags & ts.SymbolFlags.Class) !== 0
}

/** @returns whether a type is an interface or a class. Empty, it means no members; the bare type `{}` means anything. */
function isDeclared(ts: SourceContext['ts'], type: ts.Type): boolean {
  const symbol = type.symbol as ts.Symbol | undefined
  return symbol !== undefined && (symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)) !== 0
}
