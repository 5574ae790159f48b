import { described, JobDefinitionError } from '../errors.js'
import type { AnyJob } from '../jobs/define/job-types.js'
import type { RegisteredJob } from '../jobs/define/registry.js'
import { registeredJob } from '../jobs/define/registry.js'

/**
 * The registered jobs of job classes and `defineJob` values.
 *
 * @throws {@link JobDefinitionError} for what is no job
 */
export function jobsIn(jobs: readonly AnyJob[]): RegisteredJob[] {
  return jobs.map((job) => {
    const isObject = typeof job === 'function' || (typeof (job as unknown) === 'object' && (job as unknown) !== null)
    const registered = isObject ? registeredJob(job) : undefined
    if (registered) return registered
    const name = isObject && job.name !== '' ? job.name : described(job)
    throw new JobDefinitionError(name, 'expected a class decorated with @Job(), or what defineJob gave')
  })
}
