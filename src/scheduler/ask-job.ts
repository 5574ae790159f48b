import { described, JobDefinitionError } from '../errors.js'
import type { Duration } from '../util/duration.js'
import { toMilliseconds } from '../util/duration.js'
import type { PeriodicJob } from './periodic-job.js'

/**
 * Asks a job's own `isDue`.
 *
 * @returns whether it is due, and ms until it wants to be asked again
 * @throws what the job throws; {@link JobDefinitionError} or {@link InvalidDurationError} for an answer that is none
 */
export function askJob(name: string, job: PeriodicJob, last: number): { readonly due: boolean; readonly next: number } {
  const answer: unknown = job.isDue(last)
  const [due, next] = Array.isArray(answer) ? (answer as unknown[]) : []
  if (typeof due !== 'boolean' || (typeof next !== 'number' && typeof next !== 'string')) {
    // Of an asynchronous one, a rejection would end the process.
    if (answer instanceof Promise) answer.catch(() => undefined)
    throw new JobDefinitionError(name, `expected isDue to return [boolean, duration], got ${described(answer)}`)
  }
  return { due, next: toMilliseconds(next as Duration, `what isDue of ${name} returns`) }
}
