import { DEFAULT_PRIORITY } from '../../model/defaults.js'
import type { JobManifest, Manifest } from '../../model/manifest.js'
import { argumentsFromJson } from '../arguments/arguments-from-json.js'
import { checkArguments, nameArguments } from '../arguments/check-arguments.js'
import type { JobCatalogue, JobDescription } from './job-catalogue.js'
import { nameOfJob, notAvailable } from './job-catalogue.js'

/** The jobs of a manifest. A generated client queues tasks by it, without any job code. */
export class ManifestCatalogue implements JobCatalogue {
  readonly #jobs = new Map<string, JobDescription>()

  constructor(manifest: Manifest) {
    for (const [name, job] of Object.entries(manifest.jobs)) this.#jobs.set(name, describe(name, job, manifest.types))
  }

  describe(name: string): JobDescription {
    const job = this.#jobs.get(name)
    if (job === undefined) throw notAvailable(name, this.names())
    return job
  }

  /** A client loads no job code. A program that has loaded some beside the client can name jobs by their classes. */
  nameOf(job: object): string {
    return nameOfJob(job, () => this.names())
  }

  names(): readonly string[] {
    return [...this.#jobs.keys()].sort()
  }
}

function describe(name: string, job: JobManifest, types: Manifest['types']): JobDescription {
  const { parameters, options } = job
  return {
    name,
    parameters,
    type: job.type,
    concurrency: job.concurrency,
    doc: job.doc ?? '',
    defaultQueue: options?.defaultQueue ?? null,
    priority: options?.priority ?? DEFAULT_PRIORITY,
    redact: options?.redact ?? [],
    checkArguments: (args) => checkArguments(name, parameters, args, types),
    fromJson: (args) => argumentsFromJson(parameters, args, types),
    nameArguments: (args) => nameArguments(name, parameters, args, job.spread === true),
  }
}
