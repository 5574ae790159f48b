import { closest, distance } from 'fastest-levenshtein'
import { TaskNotAvailableError } from '../errors.js'
import type { JobManifest, Manifest } from '../model/manifest.js'
import { checkArguments, nameArguments } from './check-arguments.js'
import type { JobCatalogue, JobDescription } from './job-catalogue.js'

const DEFAULT_PRIORITY = 4

/** The jobs of a manifest, without any job code: what a generated client queues by. */
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

  nameOf(job: object): string {
    const name = 'name' in job && typeof job.name === 'string' ? job.name : 'a class'
    throw new TaskNotAvailableError(name, null)
  }

  names(): readonly string[] {
    return [...this.#jobs.keys()].sort()
  }
}

/** The error for a name that no job has, with the known one most like it. */
export function notAvailable(name: string, names: readonly string[]): TaskNotAvailableError {
  const nearest = names.length === 0 ? null : closest(name, [...names])
  const near = nearest !== null && distance(name, nearest) <= Math.max(2, name.length / 2)
  return new TaskNotAvailableError(name, near ? nearest : null)
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
    checkArguments: (args) => checkArguments(name, parameters, args, types),
    nameArguments: (args) => nameArguments(name, parameters, args, job.spread === true),
  }
}
