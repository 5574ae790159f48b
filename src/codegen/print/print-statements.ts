import { quoted, WIDTH } from './print-literal.js'

/**
 * Prints a doc comment, in one line where it fits.
 *
 * @param indent - what each line begins with
 * @returns its lines; empty for an empty comment
 */
export function printDoc(doc: string, indent: string): string {
  if (doc === '') return ''
  const lines = doc
    .replace(/\*\//g, '*\\/')
    .split('\n')
    .map((line) => line.trimEnd())
  const [only = ''] = lines
  if (lines.length === 1 && indent.length + only.length + 7 <= WIDTH) return `${indent}/** ${only} */\n`
  return `${indent}/**\n${lines.map((line) => `${indent} *${line === '' ? '' : ` ${line}`}\n`).join('')}${indent} */\n`
}

/** @returns an `import type` statement */
export function printImport(names: readonly string[], specifier: string): string {
  const line = `import type { ${names.join(', ')} } from ${quoted(specifier)}\n`
  if (line.length - 1 <= WIDTH || names.length === 1) return line
  return `import type {\n${names.map((name) => `  ${name},\n`).join('')}} from ${quoted(specifier)}\n`
}

/** @returns an exported interface with its doc comment; an empty one as an alias, since linters object to `{}` */
export function printInterface(doc: string, name: string, members: string): string {
  if (members === '') return `${printDoc(doc, '')}export type ${name} = Record<never, never>\n`
  return `${printDoc(doc, '')}export interface ${name} {\n${members}}\n`
}

/** @returns an exported alias of `Pick`, with a line for each member where they do not fit in one */
export function printPick(name: string, from: string, members: readonly string[]): string {
  const keys = members.map(quoted)
  const flat = `export type ${name} = Pick<${from}, ${keys.join(' | ')}>\n`
  if (flat.length - 1 <= WIDTH) return flat
  const line = `  ${keys.join(' | ')}\n`
  const union = line.length - 1 <= WIDTH ? line : keys.map((key) => `  | ${key}\n`).join('')
  return `export type ${name} = Pick<\n  ${from},\n${union}>\n`
}

/** @returns a member of an interface; `JobMethod<A, B>` that does not fit in its line has a line for each argument */
export function printTypedMember(head: string, type: string): string {
  const line = `${head}${type}\n`
  const match = /^(\w+)<(.*), (.*)>$/.exec(type)
  if (line.length - 1 <= WIDTH || !match || type.includes('\n')) return line
  const [, generic = '', first = '', second = ''] = match
  return `${head}${generic}<\n    ${first},\n    ${second}\n  >\n`
}

/** @returns the type of a documented job's method: as `JobMethod`, with the comment at the signature */
export function printSignature(doc: string, job: string): string {
  const result = `${job}['result']`
  return (
    `{\n${printDoc(doc, '    ')}    <C extends boolean = true>(\n` +
    printGeneric('      ...rest: ', 'MethodParameters', [job, 'C']) +
    printGeneric('    ): ', 'TaskFuture', [result, `TaskOf<${result}, C>`]) +
    `    readonly many: MethodOfMany<${job}>\n  }`
  )
}

/** @returns the end of a line, or a line for each argument where they do not fit in it */
function printGeneric(head: string, generic: string, args: readonly string[]): string {
  const line = `${head}${generic}<${args.join(', ')}>\n`
  if (line.length - 1 <= WIDTH) return line
  const indent = ' '.repeat(head.search(/\S/))
  return `${head}${generic}<\n${args.map((each) => `${indent}  ${each}`).join(',\n')}\n${indent}>\n`
}
