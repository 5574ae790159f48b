import type { Check } from '../../model/manifest.js'
import { referencesIn } from '../model/check-references.js'
import { printKey, quoted, WIDTH } from './print-literal.js'

type ObjectCheck = Extract<Check, { object: unknown }>

/** How a type is printed. */
export interface TypeStyle {
  /** Whether it is the type of an argument: its lists and maps are readonly. */
  readonly isInput: boolean
  /** Name of the alias that is declared, null for none: a `Record` of itself would be circular. */
  readonly inside: string | null
}

/** The style of arguments. */
export const INPUT: TypeStyle = { isInput: true, inside: null }
/** The style of results and declarations. */
export const OUTPUT: TypeStyle = { isInput: false, inside: null }

/** The types of primitive checks. */
const PRIMITIVES: Readonly<Record<Extract<Check, string>, string>> = {
  any: 'unknown',
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  bigint: 'bigint',
  null: 'null',
  undefined: 'undefined',
  date: 'Date',
  bytes: 'Uint8Array',
}

/** @returns the type of a check, in one line; objects should be references already, as `StandaloneTypes` makes them */
export function printType(check: Check, style: TypeStyle): string {
  const print = (inner: Check): string => printType(inner, style)
  const readonly = style.isInput ? 'readonly ' : ''
  const of = (name: string, ...inner: string[]): string =>
    `${style.isInput ? 'Readonly' : ''}${name}<${inner.join(', ')}>`
  if (typeof check === 'string') return PRIMITIVES[check]
  if ('literal' in check) return typeof check.literal === 'string' ? quoted(check.literal) : String(check.literal)
  if ('ref' in check) return check.ref
  if ('array' in check) return `${readonly}${parenthesized(print(check.array))}[]`
  if ('tuple' in check) {
    const rest = check.rest === undefined ? [] : [`...${parenthesized(print(check.rest))}[]`]
    return `${readonly}[${[...check.tuple.map(print), ...rest].join(', ')}]`
  }
  if ('record' in check) {
    const value = print(check.record)
    if (style.inside !== null && referencesIn(check.record).includes(style.inside))
      return `{ [name: string]: ${value} }`
    return style.isInput ? `Readonly<Record<string, ${value}>>` : `Record<string, ${value}>`
  }
  if ('map' in check) return of('Map', print(check.map[0]), print(check.map[1]))
  if ('set' in check) return of('Set', print(check.set))
  if ('union' in check) return alternatives(check, style).join(' | ')
  const members = Object.entries(check.object).map(([key, member]) => memberParts(key, member, style).join(': '))
  return members.length === 0 ? 'Record<string, never>' : `{ ${members.join('; ')} }`
}

/** @returns a type as the item of a list */
function parenthesized(type: string): string {
  return type.includes(' ') ? `(${type})` : type
}

/** @returns the types that a union is made of; the one type of any other check */
function alternatives(check: Check, style: TypeStyle): string[] {
  if (typeof check === 'string' || !('union' in check)) return [printType(check, style)]
  return check.union.length === 0 ? ['never'] : check.union.map((each) => printType(each, style))
}

/** @returns name and type of an object's member; its key ends with `?` where it is optional */
function memberParts(key: string, check: Check, style: TypeStyle): [name: string, type: string] {
  const optional = key.endsWith('?')
  const name = printKey(optional ? key.slice(0, -1) : key)
  return [`${name}${optional ? '?' : ''}`, withUndefined(alternatives(check, style), optional).join(' | ')]
}

/** @returns the types of an optional member, `undefined` among them, as `exactOptionalPropertyTypes` asks */
function withUndefined(types: string[], optional: boolean): string[] {
  return optional && !types.includes('undefined') && !types.includes('unknown') ? [...types, 'undefined'] : types
}

/** @returns `name: type`, with a line for each type of a union that does not fit in one */
export function printMember(head: string, optional: boolean, check: Check, style: TypeStyle, indent: number): string {
  const pad = ' '.repeat(indent)
  const types = withUndefined(alternatives(check, style), optional)
  const line = `${pad}${head}${optional ? '?' : ''}: ${types.join(' | ')}`
  if (line.length <= WIDTH || types.length < 2) return `${line}\n`
  return `${pad}${head}${optional ? '?' : ''}:\n${types.map((type) => `${pad}  | ${type}\n`).join('')}`
}

/** @returns the exported declaration of a named type: an interface for an object, else an alias */
export function printDeclaration(name: string, check: Check, style: TypeStyle): string {
  if (isObject(check) && Object.keys(check.object).length > 0) {
    const members = Object.entries(check.object).map(([key, member]) => {
      const optional = key.endsWith('?')
      return printMember(printKey(optional ? key.slice(0, -1) : key), optional, member, style, 2)
    })
    // An index signature covers the named members, too, and only `unknown` fits all of them for certain.
    const rest = check.rest === undefined ? '' : '  [name: string]: unknown\n'
    return `export interface ${name} {\n${members.join('')}${rest}}\n`
  }
  const types = alternatives(check, { ...style, inside: name })
  const line = `export type ${name} = ${types.join(' | ')}`
  if (line.length <= WIDTH || types.length < 2) return `${line}\n`
  return `export type ${name} =\n${types.map((type) => `  | ${type}\n`).join('')}`
}

/** @returns whether a check is that of an object */
export function isObject(check: Check): check is ObjectCheck {
  return typeof check === 'object' && 'object' in check
}
