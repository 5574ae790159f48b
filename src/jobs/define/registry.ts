import { AsyncLocalStorage } from 'node:async_hooks'
import { fileURLToPath } from 'node:url'
import type { JobOptions } from '../../model/job-options.js'
import { defaultJobName } from './default-job-name.js'

/** A job as its decorator, or `defineJob`, recorded it. */
export interface RegisteredJob {
  readonly name: string
  /** The class, or what `defineJob` gave. */
  readonly target: JobTarget
  /** The function whose parameters are the job's arguments. */
  readonly run: (...args: unknown[]) => unknown
  readonly options: JobOptions
  /** Path of the file that defines it, or a description of where it stands. */
  readonly file: string
  /** Whether `@Args()` marks its one parameter, and the class that it names. */
  readonly dto: (() => DtoClass | undefined) | null
}

/** A class that can be built by the container, or a value with a `run`. */
export type JobTarget = (new (...args: never[]) => object) | { readonly run: (...args: never[]) => unknown }

export type DtoClass = new () => object

interface Registry {
  readonly jobs: Map<object, RegisteredJob>
  readonly loading: AsyncLocalStorage<string>
}

const KEY = Symbol.for('pulsar-queue.registry')

/** Kept on `globalThis`: two copies of the package in one process share it. */
function registry(): Registry {
  const holder = globalThis as unknown as { [KEY]: Registry | undefined }
  return (holder[KEY] ??= { jobs: new Map(), loading: new AsyncLocalStorage() })
}

/** Records a job. Nothing is checked against other jobs, and nothing starts. */
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

/** The job that is registered for a class or a `defineJob` value; undefined: none is. */
export function registeredJob(target: object): RegisteredJob | undefined {
  return registry().jobs.get(target)
}

/** All jobs of this process, in the order in which they were registered. */
export function registeredJobs(): RegisteredJob[] {
  return [...registry().jobs.values()]
}

/** The jobs that the program has defined by now. Of a file that was run again, as test runners do, the last run counts. */
export function definedJobs(): RegisteredJob[] {
  return [...new Map(registeredJobs().map((job) => [`${job.file}\n${job.name}`, job])).values()]
}

/** Runs `load` so that what it registers is known to stand in that file. */
export async function loadingFile<T>(file: string, load: () => Promise<T>): Promise<T> {
  return await registry().loading.run(file, load)
}

const HERE = fileURLToPath(new URL('.', import.meta.url))

/** The file that called the decorator: the first on the stack that is neither ours nor a helper of the compiler. */
function callerFile(): string | null {
  const stack = new Error('where').stack?.split('\n').slice(1) ?? []
  for (const line of stack) {
    // `at name (file:1:2)`, or `at file:1:2`. A path may have blanks and parentheses.
    const place = (/\((.+):\d+:\d+\)$/.exec(line) ?? /^\s*at (?:async )?(.+):\d+:\d+$/.exec(line))?.[1]
    if (place === undefined || !/^(?:file:\/\/|\/|[A-Za-z]:\\)/.test(place)) continue
    const path = place.startsWith('file://') ? fileURLToPath(place) : place
    if (!path.startsWith(HERE) && !/[\\/](?:tslib|reflect-metadata|@swc|jiti)[\\/]|@oxc-project\+runtime/.test(path))
      return path
  }
  return null
}
