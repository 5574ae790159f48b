import type { RegisteredJob } from '../jobs/define/registry.js'
import { definedJobs } from '../jobs/define/registry.js'
import { PeriodicJob } from './periodic-job.js'
import { scheduleOf } from './schedule-of.js'

/**
 * The periodic jobs that the program has defined and its app does not have: with `taskPaths`, only the jobs of those files count. Nothing
 * else tells that they are never due.
 *
 * @param listed - names of the app's jobs
 */
export function unlistedPeriodicJobs(listed: readonly string[]): readonly RegisteredJob[] {
  const known = new Set(listed)
  return definedJobs().filter(({ name, target, options }) => {
    if (known.has(name)) return false
    const isPeriodic = typeof target === 'function' && target.prototype instanceof PeriodicJob
    return isPeriodic || scheduleOf(name, options) !== null
  })
}
