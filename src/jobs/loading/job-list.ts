import type { ConcurrencyName } from '../../model/concurrency.js'
import type { ParameterManifest } from '../../model/manifest.js'
import type { JobCatalogue, JobDescription } from './job-catalogue.js'

/** Description of a job, as `jobList` gives it. */
export interface JobListEntry {
  readonly type: 'regular' | 'periodic'
  readonly concurrency: ConcurrencyName
  readonly doc: string
  /** Markup of `doc`. */
  readonly docSyntax: 'markdown'
  readonly parameters: readonly ParameterManifest[]
}

/**
 * Lists jobs as `[name, entry]` pairs.
 *
 * @param names - only these jobs, in this order; names that no job has are left out. Undefined: all, in alphabetical order
 */
export function jobList(jobs: JobCatalogue, names: string | readonly string[] | undefined): [string, JobListEntry][] {
  const known = jobs.names()
  const asked = names === undefined ? known : [names].flat().filter((name) => known.includes(name))
  return asked.map((name) => [name, entryOf(jobs.describe(name))])
}

function entryOf({ type, concurrency, doc, parameters }: JobDescription): JobListEntry {
  return { type, concurrency, doc, docSyntax: 'markdown', parameters }
}
