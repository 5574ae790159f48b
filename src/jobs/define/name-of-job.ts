import { TaskNotAvailableError } from '../../errors.js'
import { nearest } from '../../util/nearest.js'
import { registeredJob } from './registry.js'

/** The error for a name that no job has, with the known one most like it. */
export function notAvailable(name: string, names: readonly string[]): TaskNotAvailableError {
  return new TaskNotAvailableError(name, nearest(name, names))
}

/**
 * The name of a job class or `defineJob` value, as this process has registered it.
 *
 * @param names - the known ones, for the error
 * @throws {@link TaskNotAvailableError} for what is no job
 */
export function nameOfJob(target: object, names: readonly string[]): string {
  const job = registeredJob(target)
  if (job !== undefined) return job.name
  throw notAvailable('name' in target && typeof target.name === 'string' ? target.name : 'the object', names)
}
