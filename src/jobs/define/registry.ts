import { AsyncLocalStorage } from 'node:async_hooks'
import { dirname, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { JobOptions } from '../../model/job-options.js'
import type { ParameterManifest } from '../../model/manifest.js'
import { defaultJobName } from './default-job-name.js'

/** A job, as `@Job` or `defineJob` has recorded it. */
export interface RegisteredJob {
  readonly name: string
  /** The class, or the value that `defineJob` returned. */
  readonly target: JobTarget
  /** The function whose parameters are the job's arguments. */
  readonly run: (...args: unknown[]) => unknown
  readonly options: JobOptions
  /** Path of the file that defines the job, or a description of the place where it is defined. */
  readonly file: string
  /** The class of the one parameter, where `@Args()` or the option `args` names a DTO. */
  readonly dto: (() => DtoClass | undefined) | null
  /** The facts that a manifest would have about the job; absent: there may be a manifest. */
  readonly description?: RegisteredDescription
}

/** The description of a job that no manifest lists, such as one of the library. */
export interface RegisteredDescription {
  readonly doc: string
  /** Members of its DTO. */
  readonly parameters: readonly ParameterManifest[]
}

/** A class that the container builds, or a value with a `run`. */
export type JobTarget = (new (...args: never[]) => object) | { readonly run: (...args: never[]) => unknown }

export type DtoClass = new () => object

interface Registry {
  readonly jobs: Map<object, RegisteredJob>
  readonly loading: AsyncLocalStorage<string>
}

const KEY = Symbol.for('pulsar-queue.registry')

/** The registered jobs. Kept on `globalThis`, so that two copies of the package in one process share them. */
function registry(): Registry {
  const holder = globalThis as unknown as { [KEY]: Registry | undefined }
  return (holder[KEY] ??= { jobs: new Map(), loading: new AsyncLocalStorage() })
}

/** Records a job. It is not compared with other jobs here, and nothing starts. */
export function registerJob(
  target: JobTarget,
  className: string,
  options: JobOptions,
  run: RegisteredJob['run'],
  dto: RegisteredJob['dto'],
): void {
  const file = callerFile() ?? registry().loading.getStore() ?? 'a file that cannot be told'
  registry().jobs.set(target, { name: options.name ?? defaultJobName(className), target, run, options, file, dto })
}

/** Adds what a manifest would say of a registered job. */
export function describeJob(target: object, description: RegisteredDescription): void {
  const job = registry().jobs.get(target)
  if (job !== undefined) registry().jobs.set(target, { ...job, description })
}

/** The job that is registered for a class or a `defineJob` value; undefined: none is. */
export function registeredJob(target: object): RegisteredJob | undefined {
  return registry().jobs.get(target)
}

/** All jobs of this process, in the order of their registration. */
export function registeredJobs(): RegisteredJob[] {
  return [...registry().jobs.values()]
}

/** The jobs that the program has defined so far. A test runner may run a file twice; the jobs of the last run count. */
export function definedJobs(): RegisteredJob[] {
  return [...new Map(registeredJobs().map((job) => [`${job.file}\n${job.name}`, job])).values()]
}

/** Calls `load`, and records `file` as the file of all jobs that are registered meanwhile. */
export async function loadingFile<T>(file: string, load: () => Promise<T>): Promise<T> {
  return await registry().loading.run(file, load)
}

/** The file that called the decorator: the first on the stack outside of this directory and of a compiler's helpers. */
function callerFile(): string | null {
  const paths = (new Error('where').stack?.split('\n').slice(1) ?? []).map(pathOf).filter((path) => path !== null)
  // The first frame is this function. In a bundle it is in the bundle, as the jobs are.
  const own = paths[0] !== undefined && /[\\/]registry\.[jt]s$/.test(paths[0]) ? dirname(paths[0]) + sep : null
  const isOther = (path: string): boolean => own === null || !path.startsWith(own)
  return paths.find((path) => isOther(path) && !HELPERS.test(path)) ?? null
}

/** The helpers of compilers that call decorators. */
const HELPERS = /[\\/](?:tslib|reflect-metadata|@swc|jiti)[\\/]|@oxc-project\+runtime/

/** The path in a line of a stack: `at name (file:1:2)` or `at file:1:2`. It may contain blanks and parentheses. */
function pathOf(line: string): string | null {
  const place = (/\((.+):\d+:\d+\)$/.exec(line) ?? /^\s*at (?:async )?(.+):\d+:\d+$/.exec(line))?.[1]
  if (place === undefined || !/^(?:file:\/\/|\/|[A-Za-z]:\\)/.test(place)) return null
  return place.startsWith('file://') ? fileURLToPath(place) : place
}
