import type { RunnableJob } from '../jobs/loading/runnable-job.js'
import type { Producer } from '../producer/producer.js'
import type { Logger } from '../logging/logger.js'
import type { OwnSchedule, ScheduleSource } from '../producer/tasks.js'
import type { ScheduledJob } from './find-periodic-jobs.js'
import type { PeriodicJob } from './periodic-job.js'
import { attachSchedule, callIsDue } from './periodic-job.js'
import { nextOf, overdueOf } from './overdue-of.js'
import { dueTick, resumeTick } from './tick-rules.js'
import { errorMessage } from '../util/thrown.js'

/** Finds the next ticks of periodic jobs, for `tasks.nextScheduled`. It takes no tick. Created by the wiring. */
export class NextTicks implements ScheduleSource {
  constructor(
    private readonly producer: Producer,
    private readonly jobs: readonly ScheduledJob[],
    private readonly build: (job: RunnableJob) => object,
    private readonly logger: Logger,
  ) {}

  async next(names: readonly string[] | undefined): Promise<[name: string, seconds: number][]> {
    const asked = this.jobs.filter(({ job }) => names === undefined || names.includes(job.name))
    const times = await Promise.all(
      asked.map(async (scheduled): Promise<[string, number | null]> => [
        scheduled.job.name,
        await this.#untilNext(scheduled),
      ]),
    )
    return times
      .flatMap(([name, ms]): [string, number][] => (ms === null ? [] : [[name, ms / 1_000]]))
      .sort(([a], [b]) => (a < b ? -1 : 1))
  }

  own(): readonly OwnSchedule[] {
    return this.jobs.map(({ job, text }) => ({ job: job.name, queue: this.producer.queueOf(job), schedule: text }))
  }

  overdue(schedule: string, last: number, now: number, since?: number): number | null {
    return overdueOf(schedule, last, now, since)
  }

  nextOf(schedule: string, last: number, now: number): number | null {
    return nextOf(schedule, last, now)
  }

  /** The ms until a job's next tick, below 0 for one that is overdue; null: there is none any more. */
  async #untilNext(scheduled: ScheduledJob): Promise<number | null> {
    const { job, schedule, overridesIsDue } = scheduled
    const { last, now } = await this.producer.lastTick(job)
    const from = resumeTick(scheduled, last, now) ?? now
    if (overridesIsDue) {
      const built = this.build(job) as PeriodicJob
      if (schedule !== null) attachSchedule(built, { schedule, now: () => now })
      return this.#untilDue(job.name, built, from)
    }
    if (schedule === null) return null
    const due = dueTick(schedule, job.options.catchUp, from, now)
    if (due?.run === true) return due.at - now
    const next = schedule.next(due?.at ?? from)
    return next === null ? null : next - now
  }

  /** The answer of the job's own `isDue`. A job whose `isDue` fails is left out, so that the others are still told. */
  #untilDue(name: string, job: PeriodicJob, last: number): number | null {
    try {
      const { due, next } = callIsDue(name, job, last)
      return due ? 0 : next
    } catch (error) {
      this.logger.error(`isDue of ${name} failed, so it is unknown when the job is due: ${errorMessage(error)}`)
      return null
    }
  }
}
