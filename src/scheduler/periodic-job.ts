import { described, JobDefinitionError } from '../errors.js'
import { BaseJob } from '../jobs/define/base-job.js'
import type { Duration } from '../util/duration.js'
import { toMilliseconds } from '../util/duration.js'
import type { Schedule } from './schedule.js'

interface Attached {
  readonly schedule: Schedule
  /** ms since the epoch, store's clock. */
  readonly now: () => number
}

const KEY = Symbol.for('pulsar-queue.schedules')

/** Kept on `globalThis`: a job may extend the `PeriodicJob` of another copy of the package than the one that schedules it. */
function schedules(): WeakMap<object, Attached> {
  const holder = globalThis as unknown as { [KEY]: WeakMap<object, Attached> | undefined }
  return (holder[KEY] ??= new WeakMap())
}

/** Gives a job what its own `isDue` answers from. */
export function attachSchedule(job: object, to: Attached): void {
  schedules().set(job, to)
}

/**
 * Base of periodic jobs. `@Job({ runEvery })` or `@Job({ cron })` says when; a job that knows better overrides
 * {@link PeriodicJob.isDue}. A periodic job is run without arguments; the tick that it is run for, in ms since the epoch, is
 * `this.task.meta.tick`.
 */
export abstract class PeriodicJob extends BaseJob {
  /**
   * Whether the job is due, and when to ask again. Asked by every scheduler; the tick is queued once all the same. Has no
   * access to what a run has. What it throws is logged, and it is asked again a minute later.
   *
   * @param lastRunAt - when it was last due, or first seen: ms since the epoch
   * @returns whether it is due now, and how long to wait before asking again
   */
  isDue(lastRunAt: number): readonly [due: boolean, next: Duration] {
    const { schedule, now } = this.#attached()
    const at = now()
    const due = schedule.last(lastRunAt, at) !== null
    const next = schedule.next(due ? at : lastRunAt)
    // In seconds.
    return [due, next === null ? 86_400 : Math.max(0, next - at) / 1_000]
  }

  #attached(): Attached {
    const found = schedules().get(this)
    if (found) return found
    throw new JobDefinitionError(
      this.constructor.name,
      'expected @Job({ runEvery }) or @Job({ cron }) where isDue is not overridden, got neither',
    )
  }
}

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
