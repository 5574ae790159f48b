import type { Check } from '../../model/manifest.js'
import type { ClientModel, MethodModel } from '../model/client-model.js'
import { mapCheck } from '../model/map-check.js'
import { printKey, printLiteral, quoted, WIDTH } from './print-literal.js'
import type { NamedTypes } from './name-objects.js'
import { nameMembers, nameObjects } from './name-objects.js'
import { printDeclaration, printMember } from './print-type.js'
import { UniqueNames } from '../model/unique-names.js'

/** How to print a client. */
export interface PrintOptions {
  /** Print the types out rather than import them from the jobs. */
  readonly standalone: boolean
  /** How the file of a job is imported. */
  specifierOf(file: string): string
}

/** Prints the client's file: the same for the same model, formatted, and free of what linters object to. */
export function printClient(model: ClientModel, options: PrintOptions): string {
  return new Printer(model, options).print()
}

class Printer {
  /** With `standalone`: the named types, and the types of arguments and results by method. */
  readonly #types: NamedTypes = new Map()
  readonly #inputs = new Map<MethodModel, readonly Check[]>()
  readonly #results = new Map<MethodModel, Check>()

  constructor(
    private readonly model: ClientModel,
    private readonly options: PrintOptions,
  ) {
    if (options.standalone) this.#nameTypes()
  }

  print(): string {
    const { methods, manifest } = this.model
    const { standalone } = this.options
    const sections = [
      this.#imports(),
      ...(standalone ? this.#declarations() : []),
      ...methods.flatMap((method) => this.#argsType(method)),
      interfaceOf('The jobs by name: their arguments and what awaiting their results gives.', 'Jobs', this.#jobs()),
      interfaceOf('The methods of `client.jobs`.', 'JobMethods', this.#methods()),
      `${docOf('What the jobs take, for checks before anything is queued.', '')}export const manifest: Manifest = ${printLiteral(manifest, 0, 34, 0)}\n`,
      ...(standalone ? [] : [this.#augmentation()]),
      CREATE,
    ]
    return `${HEADER}${this.#lintComment()}${sections.join('\n')}`
  }

  /** A client for a deprecated job names it, on purpose. */
  #lintComment(): string {
    const names = !this.options.standalone && this.model.methods.some(({ job }) => job.doc.includes('@deprecated'))
    return names ? '/* eslint-disable @typescript-eslint/no-deprecated */\n' : ''
  }

  #imports(): string {
    const { methods } = this.model
    const generators = !this.options.standalone && methods.some(({ job }) => job.isGenerator)
    const names = [
      'Api',
      'Client',
      'ClientOptions',
      ...(methods.length > 0 ? ['JobMethod'] : []),
      'Manifest',
      ...(generators ? ['ResultOfRun'] : []),
    ]
    const lines = [importOf(names, 'pulsar-queue/client'), `import { connect } from 'pulsar-queue/client'\n`]
    if (this.options.standalone) return lines.join('')
    const byFile = new Map<string, string[]>()
    for (const { job, local } of methods) {
      const specifier = this.options.specifierOf(job.file)
      const named = job.exportName === local ? local : `${job.exportName} as ${local}`
      byFile.set(specifier, [...(byFile.get(specifier) ?? []), named])
    }
    for (const specifier of [...byFile.keys()].sort())
      lines.push(importOf([...(byFile.get(specifier) ?? [])].sort(), specifier))
    return lines.join('')
  }

  #nameTypes(): void {
    const { methods, types } = this.model
    const unique = new UniqueNames()
    const take = (wanted: string): string => unique.take(wanted)
    for (const { argsType } of methods) take(argsType)
    const names = new Map([...types.keys()].sort().map((name) => [name, take(name)]))
    const renamed = (check: Check): Check => mapCheck(check, (ref) => ({ ref: names.get(ref) ?? ref }))
    for (const [ref, name] of names) {
      this.#types.set(name, 'any')
      this.#types.set(name, nameMembers(renamed(types.get(ref) ?? 'any'), name, this.#types, take))
    }
    for (const method of methods) {
      const base = method.argsType.slice(0, -4)
      const nameOf = (check: Check, part: string): Check =>
        nameObjects(renamed(check), `${base}${part}`, this.#types, take)
      this.#inputs.set(
        method,
        method.parameters.map(({ check, name }) => nameOf(check, pascal(name))),
      )
      this.#results.set(method, nameOf(method.result, 'Result'))
    }
  }

  /** The named types that arguments and results refer to. */
  #declarations(): string[] {
    const sorted = [...this.#types].sort(([a], [b]) => (a < b ? -1 : 1))
    return sorted.map(([name, check]) => printDeclaration(name, check, OUTPUT))
  }

  #argsType(method: MethodModel): string[] {
    const { job, argsType, parameters } = method
    if (parameters.length === 0) return []
    const doc = docOf(`Arguments of \`${job.jobName}\`.`, '')
    if (job.spread && !this.options.standalone) {
      const whole = `${runOf(method, 'Parameters')}[0]`
      const from = job.wholeOptional ? `NonNullable<${whole}>` : whole
      return [
        `${doc}${pick(
          argsType,
          from,
          parameters.map(({ name }) => name),
        )}`,
      ]
    }
    const members = parameters.map(({ name, optional, doc: text }, i) => {
      const head = `readonly ${printKey(name)}`
      const check = this.#inputs.get(method)?.[i]
      const line = check
        ? printMember(head, optional === true, check, INPUT, 2)
        : `  ${head}${optional ? '?' : ''}: ${runOf(method, 'Parameters')}[${String(i)}]\n`
      return `${docOf(text, '  ')}${line}`
    })
    return [`${doc}export interface ${argsType} {\n${members.join('')}}\n`]
  }

  #jobs(): string {
    return this.#members(
      ({ job }) => job.jobName,
      (method) => {
        return `{\n    readonly args: ${argsOf(method)}\n${this.#result(method)}  }`
      },
    )
  }

  #methods(): string {
    return this.#members(
      ({ method }) => method,
      (method) => {
        const job = `Jobs[${quoted(method.job.jobName)}]`
        return `JobMethod<${job}['args'], ${job}['result']>`
      },
    )
  }

  #members(nameOf: (method: MethodModel) => string, print: (method: MethodModel) => string): string {
    const { methods } = this.model
    return methods
      .map((method) => {
        const head = `  readonly ${printKey(nameOf(method))}: `
        return `${docOf(method.job.doc, '  ')}${breakArguments(head, print(method))}`
      })
      .join('')
  }

  #result(method: MethodModel): string {
    const named = this.#results.get(method)
    if (named !== undefined) return printMember('readonly result', false, named, OUTPUT, 4)
    const returned = runOf(method, 'ReturnType')
    const type = method.job.isGenerator ? `ResultOfRun<${returned}>` : `Awaited<${returned}>`
    return `    readonly result: ${type}\n`
  }

  #augmentation(): string {
    const { methods } = this.model
    const members = methods
      .map(({ job }) => `    readonly ${printKey(job.jobName)}: Jobs[${quoted(job.jobName)}]\n`)
      .join('')
    return `declare module 'pulsar-queue' {\n  interface JobMap {\n${members}  }\n}\n`
  }
}

const HEADER = '// Generated by `pq generate`. Do not edit: change the jobs and run it again.\n'

const INPUT = { isInput: true, inside: null }
const OUTPUT = { isInput: false, inside: null }

const CREATE = `/**
 * Connects a client.
 *
 * @param target - where the queue is, or a started api whose connection to use
 */
export async function createClient(
  target: ClientOptions | Api,
): Promise<Client<Jobs, JobMethods>> {
  return await connect<Jobs, JobMethods>(manifest, target)
}
`

function argsOf({ parameters, argsType }: MethodModel): string {
  return parameters.length === 0 ? 'Record<string, never>' : argsType
}

/** `Parameters<Addition['run']>` */
function runOf({ job, local }: MethodModel, of: string): string {
  return job.kind === 'class' ? `${of}<${local}['run']>` : `${of}<(typeof ${local})['run']>`
}

function interfaceOf(doc: string, name: string, members: string): string {
  if (members === '') return `${docOf(doc, '')}export type ${name} = Record<never, never>\n`
  return `${docOf(doc, '')}export interface ${name} {\n${members}}\n`
}

function docOf(doc: string, pad: string): string {
  if (doc === '') return ''
  const lines = doc
    .replace(/\*\//g, '*\\/')
    .split('\n')
    .map((line) => line.trimEnd())
  const [only = ''] = lines
  if (lines.length === 1 && pad.length + only.length + 7 <= WIDTH) return `${pad}/** ${only} */\n`
  return `${pad}/**\n${lines.map((line) => `${pad} *${line === '' ? '' : ` ${line}`}\n`).join('')}${pad} */\n`
}

function importOf(names: readonly string[], specifier: string): string {
  const line = `import type { ${names.join(', ')} } from ${quoted(specifier)}\n`
  if (line.length - 1 <= WIDTH || names.length === 1) return line
  return `import type {\n${names.map((name) => `  ${name},\n`).join('')}} from ${quoted(specifier)}\n`
}

function pick(name: string, from: string, members: readonly string[]): string {
  const keys = members.map(quoted)
  const flat = `export type ${name} = Pick<${from}, ${keys.join(' | ')}>\n`
  if (flat.length - 1 <= WIDTH) return flat
  const line = `  ${keys.join(' | ')}\n`
  const union = line.length - 1 <= WIDTH ? line : keys.map((key) => `  | ${key}\n`).join('')
  return `export type ${name} = Pick<\n  ${from},\n${union}>\n`
}

/** `JobMethod<A, B>` that does not fit in its line has each argument in its own. */
function breakArguments(head: string, type: string): string {
  const line = `${head}${type}\n`
  const match = /^(\w+)<(.*), (.*)>$/.exec(type)
  if (line.length - 1 <= WIDTH || !match || type.includes('\n')) return line
  const [, of = '', first = '', second = ''] = match
  return `${head}${of}<\n    ${first},\n    ${second}\n  >\n`
}

function pascal(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`
}
