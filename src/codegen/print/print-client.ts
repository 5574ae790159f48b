import type { ClientModel, MethodModel } from '../model/client-model.js'
import type { Manifest } from '../../model/manifest.js'
import { printKey, printLiteral, quoted } from './print-literal.js'
import {
  printDoc,
  printImport,
  printInterface,
  printPick,
  printSignature,
  printTypedMember,
} from './print-statements.js'
import { INPUT, OUTPUT, printMember } from './print-type.js'
import { StandaloneTypes } from './standalone-types.js'

/** How to print a client. */
export interface PrintOptions {
  /** Whether types are printed out rather than imported from the jobs. */
  readonly standalone: boolean
  /** @returns the specifier by which the client imports a job's file */
  specifierOf(file: string): string
}

/**
 * Prints the client's file.
 *
 * @returns its text: the same for the same model, formatted as by prettier, and free of what linters object to
 */
export function printClient(model: ClientModel, options: PrintOptions): string {
  return new ClientPrinter(model, options).print()
}

/** Prints the file of a manifest that stands apart from its client. */
export function printManifest(manifest: Manifest): string {
  return `${HEADER}${printImport(['Manifest'], 'pulsar-queue/client')}\n${manifestSection(manifest)}`
}

function manifestSection(manifest: Manifest): string {
  return `${printDoc('The argument types as data, for checks before a task is queued.', '')}export const manifest: Manifest = ${printLiteral(manifest, 0, 34, 0)}\n`
}

/** Prints one client, section by section. Created by {@link printClient}. */
class ClientPrinter {
  /** Null where the types are imported. */
  readonly #standalone: StandaloneTypes | null

  constructor(
    private readonly model: ClientModel,
    private readonly options: PrintOptions,
  ) {
    this.#standalone = options.standalone ? new StandaloneTypes(model) : null
  }

  print(): string {
    const { methods, manifest } = this.model
    const sections = [
      this.#imports(),
      ...(this.#standalone?.declarations() ?? []),
      ...methods.flatMap((method) => this.#argsType(method)),
      printInterface('The jobs by name, with their arguments and their awaited results.', 'Jobs', this.#jobs()),
      printInterface('The methods of `client.jobs`.', 'JobMethods', this.#methods()),
      manifestSection(manifest),
      ...(this.#standalone ? [] : [this.#augmentation()]),
      CREATE_CLIENT,
    ]
    return `${HEADER}${this.#lintComment()}${sections.join('\n')}`
  }

  /** @returns a comment that allows deprecated names: the client of a deprecated job names it */
  #lintComment(): string {
    const namesDeprecated = !this.#standalone && this.model.methods.some(({ job }) => job.doc.includes('@deprecated'))
    return namesDeprecated ? '/* eslint-disable @typescript-eslint/no-deprecated */\n' : ''
  }

  #imports(): string {
    const { methods } = this.model
    const hasGenerators = !this.#standalone && methods.some(({ job }) => job.isGenerator)
    const hasInputs = !this.#standalone && methods.some(needsInput)
    const hasComments = methods.some(isDocumented)
    const names = [
      'Api',
      'Client',
      'ClientOptions',
      ...(hasInputs ? ['DtoInput'] : []),
      ...(methods.some((method) => !isDocumented(method)) ? ['JobMethod'] : []),
      'Manifest',
      ...(hasComments ? ['MethodOfMany', 'MethodParameters'] : []),
      ...(hasGenerators ? ['ResultOfRun'] : []),
      ...(hasComments ? ['TaskFuture', 'TaskOf'] : []),
    ]
    const ofPackage = [printImport(names, 'pulsar-queue/client'), `import { connect } from 'pulsar-queue/client'\n`]
    return [...ofPackage, ...(this.#standalone ? [] : this.#jobImports())].join('')
  }

  /** @returns the imports of the jobs' types, one statement a file */
  #jobImports(): string[] {
    const byFile = new Map<string, string[]>()
    for (const { job, local } of this.model.methods) {
      const specifier = this.options.specifierOf(job.file)
      const named = job.exportName === local ? local : `${job.exportName} as ${local}`
      byFile.set(specifier, [...(byFile.get(specifier) ?? []), named])
    }
    const sorted = [...byFile].sort(([a], [b]) => (a < b ? -1 : 1))
    return sorted.map(([specifier, names]) => printImport([...names].sort(), specifier))
  }

  /** @returns the declaration of the arguments' type; none for a job without parameters */
  #argsType(method: MethodModel): string[] {
    const { job, argsType, parameters } = method
    if (parameters.length === 0) return []
    const doc = printDoc(`Arguments of \`${job.jobName}\`.`, '')
    if (job.spread && !this.#standalone) {
      const whole = `${typeOfRun(method, 'Parameters')}[0]`
      const given = job.spreadOptional ? `NonNullable<${whole}>` : whole
      const from = needsInput(method) ? inputOf(method, given) : given
      const names = parameters.map(({ name }) => name)
      return [`${doc}${printPick(argsType, from, names)}`]
    }
    const members = parameters.map((_, i) => this.#argument(method, i))
    return [`${doc}export interface ${argsType} {\n${members.join('')}}\n`]
  }

  #argument(method: MethodModel, index: number): string {
    const parameter = method.parameters[index]
    if (!parameter) return ''
    const { name, optional, doc } = parameter
    const head = `readonly ${printKey(name)}`
    const line = this.#standalone
      ? printMember(head, optional === true, this.#standalone.argumentOf(method, index), INPUT, 2)
      : `  ${head}${optional ? '?' : ''}: ${typeOfRun(method, 'Parameters')}[${String(index)}]\n`
    return `${printDoc(doc, '  ')}${line}`
  }

  /** @returns the members of `Jobs` */
  #jobs(): string {
    return this.#members(
      ({ job }) => job.jobName,
      (method) => {
        const args = method.parameters.length === 0 ? 'Record<string, never>' : method.argsType
        return `{\n    readonly args: ${args}\n${this.#result(method)}  }`
      },
    )
  }

  /** @returns the members of `JobMethods` */
  #methods(): string {
    return this.#members(
      ({ method }) => method,
      (method) => {
        const job = `Jobs[${quoted(method.job.jobName)}]`
        return isDocumented(method)
          ? printSignature(method.job.doc, job)
          : `JobMethod<${job}['args'], ${job}['result']>`
      },
    )
  }

  /** @returns one member for each method, with the job's doc comment */
  #members(nameOf: (method: MethodModel) => string, typeOf: (method: MethodModel) => string): string {
    const members = this.model.methods.map((method) => {
      const head = `  readonly ${printKey(nameOf(method))}: `
      return `${printDoc(method.job.doc, '  ')}${printTypedMember(head, typeOf(method))}`
    })
    return members.join('')
  }

  /** @returns the member `result` of a job in `Jobs` */
  #result(method: MethodModel): string {
    if (this.#standalone) {
      return printMember('readonly result', false, this.#standalone.resultOf(method), OUTPUT, 4)
    }
    const returned = typeOfRun(method, 'ReturnType')
    const type = method.job.isGenerator ? `ResultOfRun<${returned}>` : `Awaited<${returned}>`
    return `    readonly result: ${type}\n`
  }

  /** @returns the declaration that adds the jobs to the package's `JobMap` */
  #augmentation(): string {
    const members = this.model.methods
      .map(({ job }) => `    readonly ${printKey(job.jobName)}: Jobs[${quoted(job.jobName)}]\n`)
      .join('')
    return `declare module 'pulsar-queue' {\n  interface JobMap {\n${members}  }\n}\n`
  }
}

const HEADER = '// Generated by `pq generate`. Do not edit: change the jobs and run it again.\n'

const CREATE_CLIENT = `/**
 * Connects a client.
 *
 * @param target - the stores to connect to, or a started api whose connection is used; default: \`embedded:./.pulsar\`
 */
export async function createClient(
  target: ClientOptions | Api = {},
): Promise<Client<Jobs, JobMethods>> {
  return await connect<Jobs, JobMethods>(manifest, target)
}
`

/** @returns a type made of that of `run`: `Parameters<Addition['run']>` */
function typeOfRun({ job, local }: MethodModel, utility: 'Parameters' | 'ReturnType'): string {
  return job.kind === 'class' ? `${utility}<${local}['run']>` : `${utility}<(typeof ${local})['run']>`
}

/** @returns whether a job has a comment. Its method then has a signature of its own, which has the comment, too */
function isDocumented({ job }: MethodModel): boolean {
  return job.doc !== ''
}

/** @returns whether callers of a DTO's job pass something else than an instance */
function needsInput({ job: { dtoSource } }: MethodModel): boolean {
  return dtoSource !== null && (dtoSource.hasOthers || dtoSource.leftOut.length > 0)
}

/** @returns the type of what a caller passes for a DTO, of the DTO's own: `DtoInput<Mail, 'subject'>` */
function inputOf({ job: { dtoSource } }: MethodModel, dto: string): string {
  const leftOut = (dtoSource?.leftOut ?? []).map(quoted)
  return leftOut.length === 0 ? `DtoInput<${dto}>` : `DtoInput<${dto}, ${leftOut.join(' | ')}>`
}
