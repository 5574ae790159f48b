import { dirname, relative, sep } from 'node:path'
import type ts from 'typescript'
import type { Check, Manifest, ParameterManifest } from '../../model/manifest.js'
import { CheckOfType } from './check-of-type.js'
import type { JobSource } from '../read/job-source.js'
import { methodName, whyNoMethod } from './method-name.js'
import type { Reading } from '../read/reading.js'
import { tidyTypes } from './tidy-types.js'
import { UniqueNames } from './unique-names.js'

/** One argument of a method. */
export interface ArgumentModel extends ParameterManifest {
  readonly doc: string
}

/** One method of the client. */
export interface MethodModel {
  readonly job: JobSource
  readonly method: string
  /** Name of its arguments' type. */
  readonly argsType: string
  /** What the client's file calls the job's export. */
  readonly local: string
  readonly parameters: readonly ArgumentModel[]
  readonly result: Check
}

/** All that the client's file says. */
export interface ClientModel {
  readonly methods: readonly MethodModel[]
  readonly manifest: Manifest
  /** Named types of arguments and results, for `--standalone`. */
  readonly types: ReadonlyMap<string, Check>
}

/** Makes a model of the client, and records what cannot be in it. */
export function modelClient(reading: Reading, jobs: readonly JobSource[]): ClientModel {
  const checks = new CheckOfType(reading)
  const names = new UniqueNames()
  const methods = jobs.map((job) => modelMethod(checks, names, job))
  refuseCollisions(reading, methods)
  const manifestJobs = Object.fromEntries(methods.map((method) => [method.job.jobName, method]))
  const tidy = tidyTypes(
    checks.types,
    methods.flatMap(({ parameters }) => parameters.map(({ check }) => check)),
  )
  const manifest: Manifest = {
    version: 1,
    jobs: Object.fromEntries(
      Object.entries(manifestJobs).map(([name, method]) => [name, manifestOf(method, (check) => tidy.inline(check))]),
    ),
    ...(tidy.types.size > 0 && { types: Object.fromEntries(tidy.types) }),
  }
  return { methods, manifest, types: checks.types }
}

function modelMethod(checks: CheckOfType, names: UniqueNames, job: JobSource): MethodModel {
  const method = methodName(job.jobName)
  const argsType = names.take(`${method.slice(0, 1).toUpperCase()}${method.slice(1)}Args`)
  const parameters = job.parameters.map(({ name, optional, doc, type, node }) => {
    const check = checks.of(type, { node, path: `argument ${name}`, dto: job.dto }, optional)
    return { name, doc, check, ...(optional && { optional: true as const }) }
  })
  const result = checks.of(job.result, { node: job.node, path: 'the result', dto: false })
  const exported = job.exportName === 'default' ? `${argsType.slice(0, -4)}Job` : job.exportName
  return { job, method, argsType, parameters, result, local: names.take(exported) }
}

function refuseCollisions({ problems }: Reading, methods: readonly MethodModel[]): void {
  const byMethod = new Map<string, MethodModel>()
  for (const each of methods) {
    const { jobName, nameNode } = each.job
    const reason = whyNoMethod(jobName, each.method)
    if (reason !== null) problems.add(nameNode, reason)
    const other = byMethod.get(each.method)
    if (other && other.job.jobName !== jobName) {
      const both = `${JSON.stringify(other.job.jobName)} and ${JSON.stringify(jobName)}`
      problems.add(
        nameNode,
        `the jobs ${both} would both be the method ${each.method}; rename one of them: @Job({ name: '...' })`,
      )
    }
    byMethod.set(each.method, each)
  }
}

function manifestOf(
  { job, method, parameters }: MethodModel,
  inline: (check: Check) => Check,
): Manifest['jobs'][string] {
  return {
    method,
    ...(job.doc !== '' && { doc: job.doc }),
    type: job.type,
    concurrency: job.concurrency,
    parameters: parameters.map(({ name, optional, check }) => ({
      name,
      ...(optional && { optional }),
      check: inline(check),
    })),
    ...(job.spread && { spread: true as const }),
    ...(Object.keys(job.options).length > 0 && { options: job.options }),
  }
}

/** How a file's types are imported by another, in the style of the project. */
export function specifierOf(
  ts: typeof import('typescript'),
  options: ts.CompilerOptions,
  from: string,
  to: string,
): string {
  const path = relative(dirname(from), to).split(sep).join('/')
  const relativePath = path.startsWith('.') ? path : `./${path}`
  if (options.allowImportingTsExtensions === true || options.rewriteRelativeImportExtensions === true)
    return relativePath
  const kind = options.moduleResolution
  const isNode =
    kind === undefined
      ? options.module === undefined ||
        (options.module >= ts.ModuleKind.Node16 && options.module <= ts.ModuleKind.NodeNext)
      : kind >= ts.ModuleResolutionKind.Node16 && kind <= ts.ModuleResolutionKind.NodeNext
  if (isNode) return relativePath.replace(/\.([cm]?)tsx?$/, '.$1js')
  return relativePath.replace(/\.([cm]?)tsx?$/, (_, kindOfModule: string) =>
    kindOfModule === '' ? '' : `.${kindOfModule}js`,
  )
}
