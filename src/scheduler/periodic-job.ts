import { described, JobDefinitionError } from '../errors.js'
import { BaseJob } from '../jobs/define/base-job.js'
import type { Duration } from '../model/duration.js'
import { toMilliseconds } from '../model/duration.js'
import type { Schedule } from './schedule.js'
import { unawaited } from '../util/unawaited.js'

interface Attached {
  readonly schedule: Schedule
  /** The time by the store's clock, in ms since the epoch. */
  readonly now: () => number
}

const KEY = Symbol.for('pulsar-queue.schedules')

/**
 * The schedules of jobs. Kept on `globalThis`, because a job may extend the `PeriodicJob` of one copy of the package and be
 * scheduled by another.
 */
function schedules(): WeakMap<object, Attached> {
  const holder = globalThis as unknown as { [KEY]: WeakMap<object, Attached> | undefined }
  return (holder[KEY] ??= new WeakMap())
}

/** Gives a job the schedule and the clock from which {@link PeriodicJob.isDue} answers. */
export function attachSchedule(job: object, to: Attached): void {
  schedules().set(job, to)
}

/**
 * Base class of periodic jobs. `@Job({ runEvery })` or `@Job({ cron })` sets the schedule; a job that decides by itself
 * overrides {@link PeriodicJob.isDue}. A periodic job runs without arguments. The tick for which it runs, in ms since the
 * epoch, is `this.task.meta.tick`.
 */
export abstract class PeriodicJob extends BaseJob {
  /**
   * Decides whether the job is due, and when to ask again. Every scheduler calls it; each tick is queued once all the same.
   * It is called outside any run, so `this.task` and the like are not available. If it throws, the error is logged and it is
   * called again a minute later.
   *
   * @param lastRunAt - when the job was last due, or first seen, in ms since the epoch
   * @returns whether the job is due now, and how long to wait before the next call
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
 * Calls the `isDue` that a job overrides, and checks its answer.
 *
 * @returns whether the job is due, and the ms until the next call
 * @throws what the job throws; {@link JobDefinitionError} or {@link InvalidDurationError} for a malformed answer
 */
export function callIsDue(
  name: string,
  job: PeriodicJob,
  last: number,
): { readonly due: boolean; readonly next: number } {
  const answer: unknown = unawaited(job.isDue(last))
  const [due, next] = Array.isArray(answer) ? (answer as unknown[]) : []
  if (typeof due !== 'boolean' || (typeof next !== 'number' && typeof next !== 'string')) {
    throw new JobDefinitionError(name, `expected isDue to return [boolean, duration], got ${described(answer)}`)
  }
  return { due, next: toMilliseconds(next as Duration, `the duration that isDue of ${name} returns`) }
}
