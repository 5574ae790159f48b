import type { Check } from '../model/manifest.js'
import { printKey, quoted } from './print-literal.js'

const KINDS: Readonly<Record<Extract<Check, string>, string>> = {
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

/**
 * The type that a check stands for, as TypeScript.
 *
 * @param isInput - lists may be readonly ones
 * @param names - what the file calls the named types
 * @param indent - columns that its first line is indented by
 */
export function printType(check: Check, isInput: boolean, names: ReadonlyMap<string, string>, indent: number): string {
  const print = (inner: Check): string => printType(inner, isInput, names, indent)
  const readonly = isInput ? 'readonly ' : ''
  if (typeof check === 'string') return KINDS[check]
  if ('literal' in check) return typeof check.literal === 'string' ? quoted(check.literal) : String(check.literal)
  if ('ref' in check) return names.get(check.ref) ?? check.ref
  if ('array' in check) {
    const item = print(check.array)
    return `${readonly}${/[ |]/.test(item) && !item.startsWith('{') ? `(${item})` : item}[]`
  }
  if ('tuple' in check) {
    const rest = check.rest === undefined ? [] : [`...${printType({ array: check.rest }, false, names, indent)}`]
    return `${readonly}[${[...check.tuple.map(print), ...rest].join(', ')}]`
  }
  if ('record' in check)
    return `${isInput ? 'Readonly<' : ''}Record<string, ${print(check.record)}>${isInput ? '>' : ''}`
  if ('map' in check) return `${isInput ? 'Readonly' : ''}Map<${print(check.map[0])}, ${print(check.map[1])}>`
  if ('set' in check) return `${isInput ? 'Readonly' : ''}Set<${print(check.set)}>`
  if ('union' in check) return check.union.length === 0 ? 'never' : check.union.map(print).join(' | ')
  const inner = (member: Check): string => printType(member, isInput, names, indent + 2)
  const members = printMembers(check, inner, ' '.repeat(indent + 2))
  return members === '' ? 'Record<string, never>' : `{\n${members}${' '.repeat(indent)}}`
}

/** The members of an object, one a line. */
export function printMembers(
  check: Extract<Check, { object: unknown }>,
  print: (member: Check) => string,
  pad: string,
): string {
  const entries = Object.entries(check.object).map(([key, member]) => {
    const optional = key.endsWith('?')
    return { name: optional ? key.slice(0, -1) : key, optional, member }
  })
  const lines = entries.map(({ name, optional, member }) => {
    const type = print(member)
    return `${pad}${printKey(name)}${optional ? '?' : ''}: ${type}${optional && !/\bundefined$|^unknown$/.test(type) ? ' | undefined' : ''}\n`
  })
  // A member that TypeScript knows by name must fit what it says of all others.
  if (check.rest !== undefined) lines.push(`${pad}[name: string]: unknown\n`)
  return lines.join('')
}
