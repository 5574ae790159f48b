import { DuplicateJobError, ManifestMismatchError } from '../../errors.js'
import type { Manifest } from '../../model/manifest.js'
import type { JobCatalogue } from './job-catalogue.js'
import { nameOfJob, notInApp } from './job-catalogue.js'
import { ManifestFinder } from './manifest-finder.js'
import type { RegisteredJob } from '../define/registry.js'
import { registeredJob } from '../define/registry.js'
import { RunnableJob, runnableJob } from './runnable-job.js'

/** The jobs of an app, from its code. */
export class RegistryCatalogue implements JobCatalogue {
  readonly #jobs = new Map<string, RunnableJob>()
  readonly #hidden = new Set<string>()
  readonly #manifests = new ManifestFinder()

  /**
   * @param manifest - the manifest that the setting names; null: each job gets the manifest that is found beside its file
   * @throws {@link DuplicateJobError}; {@link ManifestMismatchError}
   */
  constructor(
    jobs: readonly RegisteredJob[],
    private readonly manifest: Manifest | null,
  ) {
    for (const job of jobs) {
      const known = this.#jobs.get(job.name)?.registered
      if (known && known.target !== job.target) throw new DuplicateJobError(job.name, [known.file, job.file])
      this.#add(job)
    }
    if (manifest === null) return
    for (const name of Object.keys(manifest.jobs)) {
      if (!this.#jobs.has(name)) throw new ManifestMismatchError(name, 'it is in the manifest and not in the code')
    }
    for (const { name, registered } of this.#jobs.values()) {
      if (!Object.hasOwn(manifest.jobs, name) && !isOfPackage(registered))
        throw new ManifestMismatchError(name, 'it is in the code and not in the manifest')
    }
  }

  describe(name: string): RunnableJob {
    const job = this.#jobs.get(name)
    if (job === undefined) throw notInApp(name, this.names())
    return job
  }

  /** The job of a name; undefined where there is none. */
  find(name: string): RunnableJob | undefined {
    return this.#jobs.get(name)
  }

  /** The name of a job. A registered class that is in no file of the app is added on first use. */
  nameOf(target: object): string {
    const name = nameOfJob(target, () => this.names())
    const job = registeredJob(target)
    if (job !== undefined && !this.#jobs.has(name)) this.#add(job)
    return name
  }

  names(): readonly string[] {
    return [...this.#jobs.keys()].filter((name) => !this.#hidden.has(name)).sort()
  }

  all(): readonly RunnableJob[] {
    return [...this.#jobs.values()]
  }

  /** Adds a job of the package itself. It can be queued and run, but is not listed. */
  hide(job: RunnableJob): void {
    this.#jobs.set(job.name, job)
    this.#hidden.add(job.name)
  }

  #add(job: RegisteredJob): void {
    const { manifest } = this
    const isListed = manifest !== null && Object.hasOwn(manifest.jobs, job.name)
    this.#jobs.set(job.name, isListed ? new RunnableJob(job, manifest, null) : runnableJob(job, this.#manifests))
  }
}

/** Whether a job is of a package, such as `pulsar-queue/jobs`. `pq generate` reads the files of an application alone. */
function isOfPackage({ description, file }: RegisteredJob): boolean {
  return description !== undefined || /[\\/]node_modules[\\/]/.test(file)
}
