import type { RegisteredJob } from '../jobs/define/registry.js'
import { definedJobs } from '../jobs/define/registry.js'
import { isPeriodic } from './find-periodic-jobs.js'

/**
 * The periodic jobs that the program has defined and its app does not have: with `taskPaths`, only the jobs of those files count. Nothing
 * else tells that they are never due.
 *
 * @param listed - names of the app's jobs
 */
export function unlistedPeriodicJobs(listed: readonly string[]): readonly RegisteredJob[] {
  const known = new Set(listed)
  return definedJobs().filter((job) => !known.has(job.name) && isPeriodic(job))
}
