import type { ConcurrencyName } from '../../model/concurrency.js'
import { concurrencyName } from '../../model/concurrency.js'
import { DEFAULT_FAILURE_TTL, DEFAULT_PRIORITY, DEFAULT_RESULT_TTL } from '../../model/defaults.js'
import type { JobOptions } from '../../model/job-options.js'
import type { JobManifest, Manifest, ParameterManifest } from '../../model/manifest.js'
import { ManifestMismatchError } from '../../errors.js'
import { toMilliseconds } from '../../model/duration.js'
import { argumentsFromJson } from '../arguments/arguments-from-json.js'
import { checkArguments, givenArguments, nameArguments } from '../arguments/check-arguments.js'
import { toDto } from '../arguments/dto.js'
import { plainArguments } from '../arguments/plain-arguments.js'
import type { JobDescription } from './job-catalogue.js'
import { ManifestFinder } from './manifest-finder.js'
import type { SourceParameters } from '../arguments/parameters.js'
import { readParameters } from '../arguments/parameters.js'
import type { DtoClass, RegisteredJob } from '../define/registry.js'

type Arguments = Readonly<Record<string, unknown>>

/**
 * A registered job with everything that queueing and running it need: options in ms, parameters, and checks. Created when an app
 * loads its jobs, from the code and from the manifest, where there is one.
 */
export class RunnableJob implements JobDescription {
  readonly name: string
  readonly options: JobOptions
  readonly type: 'regular' | 'periodic'
  readonly concurrency: ConcurrencyName
  readonly doc: string
  readonly parameters: readonly ParameterManifest[]
  readonly defaultQueue: string | null
  readonly priority: number
  readonly redact: readonly string[]
  readonly timeout: number
  readonly expires: number
  readonly maxRetries: number
  readonly resultTtl: number
  readonly failureTtl: number
  readonly #spread: boolean
  readonly #dto: DtoClass | null
  readonly #types: Manifest['types']
  /** Whether `run` takes the arguments one by one. A parameter named as a member that every object has is read with care. */
  readonly #isInOrder: boolean

  /**
   * @param path - path of the file in which the manifest was found, for errors; null where a setting names the manifest
   * @throws {@link ManifestMismatchError} where manifest and code disagree; {@link JobDefinitionError} where the
   *   parameters cannot be read
   */
  constructor(
    readonly registered: RegisteredJob,
    manifest: Manifest | null,
    path: string | null = null,
  ) {
    const { name, options } = registered
    const listed = listedIn(manifest, name)
    this.name = name
    this.options = options
    this.#dto = registered.dto?.() ?? null
    const known = listed ? fromManifest(registered, listed, this.#dto, path) : fromSource(registered, this.#dto)
    this.parameters = known.parameters
    this.#spread = known.spread
    this.#types = manifest?.types
    this.#isInOrder =
      this.#dto === null && !known.spread && !known.parameters.some(({ name }) => name in Object.prototype)
    this.type = listed?.type ?? (isPeriodic(registered) ? 'periodic' : 'regular')
    this.concurrency = modeOf(options)
    this.doc = listed?.doc ?? registered.description?.doc ?? ''
    this.defaultQueue = options.defaultQueue ?? null
    this.priority = options.priority ?? DEFAULT_PRIORITY
    this.redact = options.redact ?? []
    this.timeout = ms(options.timeout, 0)
    this.expires = ms(options.expires, 0)
    this.maxRetries = options.maxRetries ?? 0
    this.resultTtl = ms(options.resultTtl, DEFAULT_RESULT_TTL)
    this.failureTtl = ms(options.resultTtl, DEFAULT_FAILURE_TTL)
  }

  checkArguments(args: Arguments): Arguments | Promise<Arguments> {
    const checked = this.#checkNames(args)
    if (this.#dto === null) return checked
    return this.#toDto(this.#dto, checked).then(() => checked)
  }

  fromJson(args: Arguments): Arguments {
    return argumentsFromJson(this.parameters, args, this.#types)
  }

  nameArguments(args: readonly unknown[]): Arguments {
    return nameArguments(this.name, this.parameters, args, this.#spread)
  }

  /**
   * Checks the arguments of a claimed task, and puts them in the order of the parameters of `run`.
   *
   * @throws {@link InvalidArgumentsError}
   */
  bind(args: Arguments): unknown[] | Promise<unknown[]> {
    if (this.#isInOrder) {
      const plain = plainArguments(this.parameters, args, this.#types)
      if (plain !== null) return plain
    }
    const checked = this.#checkNames(args)
    if (this.#dto !== null) return this.#toDto(this.#dto, checked).then((dto) => [dto])
    if (this.#spread) return [checked]
    const { parameters } = this
    const ordered = new Array<unknown>(parameters.length)
    for (let i = 0; i < ordered.length; i += 1) {
      const name = parameters[i]?.name
      if (name !== undefined) ordered[i] = checked[name]
    }
    return ordered
  }

  /** Without a manifest, only the decorators of a DTO tell its members. */
  get takesOthers(): boolean {
    return this.#dto !== null && this.parameters.length === 0
  }

  async #toDto(dto: DtoClass, args: Arguments): Promise<object> {
    return await toDto(this.name, dto, args, !this.takesOthers)
  }

  #checkNames(args: Arguments): Arguments {
    if (this.takesOthers) return givenArguments(this.name, args)
    return checkArguments(this.name, this.parameters, args, this.#types)
  }
}

function isPeriodic({ options, target }: RegisteredJob): boolean {
  if (options.runEvery !== undefined || options.cron !== undefined) return true
  return typeof target === 'function' && 'isDue' in (target.prototype as object)
}

interface Known {
  readonly parameters: readonly ParameterManifest[]
  readonly spread: boolean
}

function fromSource(job: RegisteredJob, dto: DtoClass | null): Known {
  if (dto !== null) return { parameters: job.description?.parameters ?? [], spread: true }
  const { parameters, spread } = readParameters(job.name, job.run)
  return {
    spread,
    parameters: parameters.map(({ name, optional }) => ({ name, check: 'any', ...(optional && { optional }) })),
  }
}

function fromManifest(job: RegisteredJob, listed: JobManifest, dto: DtoClass | null, path: string | null): Known {
  const spread = listed.spread === true
  const difference = differenceOf(job, listed, dto)
  if (difference !== null) throw new ManifestMismatchError(job.name, difference, path)
  return { parameters: listed.parameters, spread }
}

/** @returns a description of the first difference between manifest and code; null where they agree */
function differenceOf(job: RegisteredJob, listed: JobManifest, dto: DtoClass | null): string | null {
  const { parameters } = listed
  const spread = listed.spread === true
  if (dto !== null && !spread) return 'the code takes a DTO, the manifest a list'
  // The length of a function counts only the parameters before the first default. The source shows all of them, unless it
  // was minified so that it cannot be read.
  const code = readable(job)
  if (code?.spread === true && !spread) return 'the code destructures its one parameter, the manifest has a list'
  const count = code === null ? job.run.length : code.spread || dto !== null ? 1 : code.parameters.length
  const most = spread ? 1 : parameters.length
  if (code === null ? count > most : count !== most) {
    return `run takes ${String(count)} parameters in the code, ${String(most)} in the manifest`
  }
  const renamed = spread
    ? -1
    : (code?.parameters.findIndex(({ name }, i) => isRenamed(name, parameters[i]?.name)) ?? -1)
  if (renamed < 0) return null
  return `parameter ${String(renamed + 1)} of run is ${String(code?.parameters[renamed]?.name)} in the code, ${String(parameters[renamed]?.name)} in the manifest`
}

/** Whether code and manifest give a parameter different names. A short name in the code may come from a minifier. */
function isRenamed(inCode: string, inManifest: string | undefined): boolean {
  return inCode !== inManifest && inCode.length > 2
}

function listedIn(manifest: Manifest | null, name: string): JobManifest | null {
  return manifest !== null && Object.hasOwn(manifest.jobs, name) ? (manifest.jobs[name] ?? null) : null
}

function readable(job: RegisteredJob): SourceParameters | null {
  try {
    return readParameters(job.name, job.run)
  } catch {
    return null
  }
}

function modeOf({ concurrency }: JobOptions): ConcurrencyName {
  if (concurrency === undefined) return 'asyncio'
  return typeof concurrency === 'string' ? concurrency : concurrencyName(concurrency)
}

function ms(duration: JobOptions['timeout'], otherwise: number): number {
  return duration === undefined ? otherwise : toMilliseconds(duration, 'duration')
}

/** Makes a job, with the manifest that is found beside its file, where there is one. */
export function runnableJob(job: RegisteredJob, manifests = new ManifestFinder()): RunnableJob {
  const found = manifests.find(job)
  return new RunnableJob(job, found?.manifest ?? null, found?.path)
}
