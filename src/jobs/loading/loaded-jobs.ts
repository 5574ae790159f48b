import type { JobContainer, OwnServices, Token } from '../../container/container.js'
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

/** An instance of a job, for one run. */
export interface BuiltJob {
  run(...args: unknown[]): unknown
}

/** The jobs that a process can run, by name. */
export interface JobSource {
  find(name: string): RunnableJob | undefined
  /** The error for a name that no job has. It suggests the most similar known name. */
  notAvailable(name: string): TaskNotAvailableError
}

/** Jobs all of whose names are known. */
export interface KnownJobs extends JobSource {
  names(): readonly string[]
}

/** The jobs of an app: loads them, finds them by name, and builds an instance for each run. Created when the app connects. */
export class LoadedJobs implements KnownJobs {
  private constructor(
    readonly catalogue: RegistryCatalogue,
    private readonly container: JobContainer,
    /** Whether the setting `taskPaths` lists the files of the jobs. */
    readonly listsFiles: boolean,
  ) {}

  /**
   * Loads the files of `taskPaths` and the manifest. Without `taskPaths`, the jobs are those that the program has defined.
   *
   * @param others - further jobs, which are in none of those files; null: the caller names none
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
    // A test runner and this loader may both have loaded the file of a job. The caller's job is the one that counts.
    const jobs = listed.filter(({ name, file }) => !given.some((other) => other.name === name && other.file === file))
    return new LoadedJobs(new RegistryCatalogue([...given, ...jobs], manifest), container, taskPaths.length > 0)
  }

  find(name: string): RunnableJob | undefined {
    return this.catalogue.find(name)
  }

  names(): readonly string[] {
    return this.catalogue.names()
  }

  notAvailable(name: string): TaskNotAvailableError {
    return notAvailable(name, this.catalogue.names())
  }

  /**
   * Builds an instance of a job.
   *
   * @param context - the context of its run; null: the instance will not run
   * @throws {@link InjectionError}
   */
  build({ target, options }: RegisteredJob, context: JobContext | null): BuiltJob {
    if (typeof target !== 'function') {
      const run = target.run as (this: JobContext | null, ...args: unknown[]) => unknown
      return { run: (...args) => run.apply(context, args) }
    }
    const job = this.container.build(target, options.inject, context === null ? undefined : new OfRun(context))
    if (context !== null) attachContext(job, context)
    return job as BuiltJob
  }
}

/** The services of one run. A Map of them would cost more than the job. */
class OfRun implements OwnServices {
  constructor(private readonly context: JobContext) {}

  get(token: Token): object | undefined {
    return token === JobContext ? this.context : undefined
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
