import { JobDefinitionError } from '../errors.js'
import type { RegisteredJob } from '../jobs/define/registry.js'
import type { RunnableJob } from '../jobs/loading/runnable-job.js'
import { PeriodicJob } from './periodic-job.js'
import type { Schedule } from './schedule.js'
import { scheduleOf } from './schedule-of.js'
import { scheduleText } from './schedule-text.js'

/** A job that a scheduler queues when it is due. */
export interface ScheduledJob {
  readonly job: RunnableJob
  /** The schedule of the options; null: the job's own `isDue` decides alone. */
  readonly schedule: Schedule | null
  /** Names the schedule, in the store too. */
  readonly text: string
  /** Whether the class overrides `isDue`. */
  readonly overridesIsDue: boolean
}

/** Whether a job is meant to be periodic. Its schedule may be malformed. */
export function isPeriodic({ target, options }: Pick<RegisteredJob, 'target' | 'options'>): boolean {
  const hasRule = typeof target === 'function' && (target.prototype as Partial<PeriodicJob>).isDue !== undefined
  return hasRule || options.runEvery !== undefined || options.cron !== undefined
}

/**
 * Finds the periodic jobs among an app's jobs.
 *
 * @throws {@link JobDefinitionError} for a malformed or missing schedule, and for required arguments
 */
export function findPeriodicJobs(jobs: readonly RunnableJob[]): ScheduledJob[] {
  return jobs.flatMap((job) => {
    const { target, options } = job.registered
    const schedule = scheduleOf(job.name, options)
    const isDue = typeof target === 'function' ? (target.prototype as Partial<PeriodicJob>).isDue : undefined
    if (isDue === undefined && schedule === null) return []
    const overridesIsDue = isDue !== undefined && isDue !== PeriodicJob.prototype.isDue
    if (schedule === null && !overridesIsDue) {
      throw new JobDefinitionError(
        job.name,
        'expected a PeriodicJob to have runEvery, cron or an isDue of its own, got none',
      )
    }
    const required = job.parameters.find(({ optional }) => optional !== true)
    if (required) {
      throw new JobDefinitionError(
        job.name,
        `expected a periodic job to need no arguments, got ${required.name}; give it a default`,
      )
    }
    return [{ job, schedule, text: scheduleText(options), overridesIsDue }]
  })
}
