import { dirname, relative, sep } from 'node:path'
import type ts from 'typescript'
import type { Check, Manifest, ParameterManifest } from '../../model/manifest.js'
import { CheckBuilder } from './check-builder.js'
import type { JobSource } from '../read/job-source.js'
import { methodName, methodNameProblem } from './method-name.js'
import type { SourceContext } from '../read/source-context.js'
import { inlineTypes } from './inline-types.js'
import { UniqueNames } from './unique-names.js'

/** One argument of a client's method. */
export interface ArgumentModel extends ParameterManifest {
  readonly doc: string
}

/** One method of the client. */
export interface MethodModel {
  readonly job: JobSource
  readonly method: string
  /** Name of the type of the arguments. */
  readonly argsType: string
  /** Name of the job's export in the client's file. */
  readonly local: string
  readonly parameters: readonly ArgumentModel[]
  readonly result: Check
}

/** The content of the client's file. */
export interface ClientModel {
  readonly methods: readonly MethodModel[]
  readonly manifest: Manifest
  /** Named types of arguments and results, for `--standalone`. */
  readonly types: ReadonlyMap<string, Check>
}

/**
 * Models the client of some jobs.
 *
 * @returns the model; what cannot be in it has been recorded as a problem
 */
export function modelClient(context: SourceContext, jobs: readonly JobSource[]): ClientModel {
  const checks = new CheckBuilder(context)
  const names = new UniqueNames()
  const methods = jobs.map((job) => modelMethod(checks, names, job))
  refuseCollisions(context, methods)
  const manifestJobs = Object.fromEntries(methods.map((method) => [method.job.jobName, method]))
  const inlined = inlineTypes(
    checks.types,
    methods.flatMap(({ parameters }) => parameters.map(({ check }) => check)),
  )
  const manifest: Manifest = {
    version: 1,
    jobs: Object.fromEntries(
      Object.entries(manifestJobs).map(([name, method]) => [
        name,
        manifestOf(method, (check) => inlined.inline(check)),
      ]),
    ),
    ...(inlined.types.size > 0 && { types: Object.fromEntries(inlined.types) }),
  }
  return { methods, manifest, types: checks.types }
}

/** @returns the method for one job, under names that are not taken */
function modelMethod(checks: CheckBuilder, names: UniqueNames, job: JobSource): MethodModel {
  const method = methodName(job.jobName)
  const argsType = names.take(`${method.slice(0, 1).toUpperCase()}${method.slice(1)}Args`)
  const parameters = job.parameters.map(({ name, optional, doc, type, node }) => {
    const check = checks.build(type, { node, path: `argument ${name}`, dto: job.dto }, optional)
    return { name, doc, check, ...(optional && { optional: true as const }) }
  })
  const result = checks.build(job.result, { node: job.node, path: 'the result', dto: false })
  const exported = job.exportName === 'default' ? `${argsType.slice(0, -4)}Job` : job.exportName
  return { job, method, argsType, parameters, result, local: names.take(exported) }
}

/** Records jobs whose name makes no method, and jobs that would share one. */
function refuseCollisions({ problems }: SourceContext, methods: readonly MethodModel[]): void {
  const byMethod = new Map<string, MethodModel>()
  for (const each of methods) {
    const { jobName, nameNode } = each.job
    const reason = methodNameProblem(jobName, each.method)
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

/** @returns the manifest's entry for a job */
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

/**
 * Makes the specifier by which one file imports from another, in the style of the project: with `.js`, with `.ts`, or
 * without an extension.
 *
 * @returns the specifier, a relative one
 */
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
