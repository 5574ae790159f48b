import type { JobContainer, Token } from '../../container/container.js'
import type { TaskNotAvailableError } from '../../errors.js'
import { InvalidSettingError } from '../../errors.js'
import { attachContext } from '../define/base-job.js'
import { checkManifest } from '../arguments/check-manifest.js'
import { importModule } from './import-module.js'
import { JobContext } from '../define/job-context.js'
import { loadJobs } from './load-jobs.js'
import { notAvailable } from './job-catalogue.js'
import { RegistryCatalogue } from './registry-catalogue.js'
import type { RegisteredJob } from '../define/registry.js'
import { definedJobs } from '../define/registry.js'
import type { RunnableJob } from './runnable-job.js'
import type { Config } from '../../model/config.js'
import type { Manifest } from '../../model/manifest.js'
import { errorMessage } from '../../util/thrown.js'

/** A built job, ready to run once. */
export interface BuiltJob {
  run(...args: unknown[]): unknown
}

/** The jobs that can be run in a process, by name. */
export interface JobSource {
  find(name: string): RunnableJob | undefined
  /** The error for a name that no job has, with the nearest name that one has. */
  notAvailable(name: string): TaskNotAvailableError
}

/** The jobs of an app: loads them, finds them by name, builds them for a run. Made when the app connects. */
export class LoadedJobs implements JobSource {
  private constructor(
    readonly catalogue: RegistryCatalogue,
    private readonly container: JobContainer,
    /** Whether `taskPaths` tells where the jobs stand. */
    readonly listsFiles: boolean,
  ) {}

  /**
   * Loads the files of `taskPaths` and the manifest. Without `taskPaths`, the jobs are those that the program has defined.
   *
   * @param others - jobs that stand in none of those files; null: nobody names any
   *
   * @throws {@link JobLoadError}, {@link DuplicateJobError}, {@link ManifestMismatchError}, {@link InvalidSettingError}
   */
  static async load(
    config: Config,
    container: JobContainer,
    others: readonly RegisteredJob[] | null = null,
  ): Promise<LoadedJobs> {
    const manifest = config.manifest === null ? null : await loadManifest(config.manifest, config.baseDirectory)
    const { taskPaths, baseDirectory } = config
    const listed = taskPaths.length === 0 && others === null ? definedJobs() : await loadJobs(taskPaths, baseDirectory)
    const given = others ?? []
    // A test runner loads a file a second time, in its own way.
    const jobs = listed.filter(({ name, file }) => !given.some((other) => other.name === name && other.file === file))
    return new LoadedJobs(new RegistryCatalogue([...given, ...jobs], manifest), container, taskPaths.length > 0)
  }

  find(name: string): RunnableJob | undefined {
    return this.catalogue.find(name)
  }

  notAvailable(name: string): TaskNotAvailableError {
    return notAvailable(name, this.catalogue.names())
  }

  /**
   * Makes a job.
   *
   * @param context - what it can reach while it runs; null: it is not going to be run
   * @throws {@link InjectionError}
   */
  build(name: string, context: JobContext | null): BuiltJob {
    const { target, options } = this.catalogue.describe(name).registered
    if (typeof target !== 'function') {
      const run = target.run as (this: JobContext | null, ...args: unknown[]) => unknown
      return { run: (...args) => run.apply(context, args) }
    }
    const bindings = new Map<Token, object>(context === null ? [] : [[JobContext, context]])
    const job = this.container.build(target, options.inject, bindings)
    if (context !== null) attachContext(job, context)
    return job as BuiltJob
  }
}

async function loadManifest(path: string, baseDirectory: string): Promise<Manifest> {
  let module: object
  try {
    module = await importModule(path, baseDirectory)
  } catch (error) {
    throw new InvalidSettingError(
      'manifest',
      'the file that pq generate wrote',
      JSON.stringify(path),
      'settings',
      errorMessage(error),
    )
  }
  if ('manifest' in module && typeof module.manifest === 'object' && module.manifest !== null) {
    return checkManifest(module.manifest, path)
  }
  throw new InvalidSettingError(
    'manifest',
    'a file that exports a manifest',
    JSON.stringify(path),
    'settings',
    'run `pq generate`',
  )
}
