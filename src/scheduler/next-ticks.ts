import type { Producer } from '../producer/producer.js'
import type { Logger } from '../logging/logger.js'
import type { ScheduleSource } from '../producer/tasks.js'
import type { Periodic } from './find-periodic-jobs.js'
import type { PeriodicJob } from './periodic-job.js'
import { askJob, attachSchedule } from './periodic-job.js'
import { dueTick, standingTick } from './tick-rules.js'

/** Tells when periodic jobs are due. Made by the wiring; `tasks.nextScheduled` asks it. */
export class Schedules implements ScheduleSource {
  constructor(
    private readonly producer: Producer,
    private readonly jobs: readonly Periodic[],
    private readonly build: (name: string) => object,
    private readonly logger: Logger,
  ) {}

  async next(names: readonly string[] | undefined): Promise<[name: string, seconds: number][]> {
    const asked = this.jobs.filter(({ job }) => names === undefined || names.includes(job.name))
    const times = await Promise.all(
      asked.map(async (periodic): Promise<[string, number | null]> => [periodic.job.name, await this.#wait(periodic)]),
    )
    return times
      .flatMap(([name, ms]): [string, number][] => (ms === null ? [] : [[name, ms / 1_000]]))
      .sort(([a], [b]) => (a < b ? -1 : 1))
  }

  /** ms; null: never. */
  async #wait({ job, schedule, asks }: Periodic): Promise<number | null> {
    const { broker } = this.producer.parts
    const { last, now } = await broker.lastTicks(this.producer.queueOf(job), [job.name])
    const from = standingTick(last[0] ?? null, now) ?? now
    if (asks) {
      const built = this.build(job.name) as PeriodicJob
      if (schedule !== null) attachSchedule(built, { schedule, now: () => now })
      return this.#ask(job.name, built, from)
    }
    if (schedule === null) return null
    const due = dueTick(schedule, job.options.catchUp, from, now)
    if (due?.run === true) return 0
    const next = schedule.next(due?.at ?? from)
    return next === null ? null : Math.max(0, next - now)
  }

  /** One job that cannot say is left out: it must not hide the others. */
  #ask(name: string, job: PeriodicJob, last: number): number | null {
    try {
      const { due, next } = askJob(name, job, last)
      return due ? 0 : next
    } catch (error) {
      this.logger.error(`${name} could not say when it is due: ${String(error)}`)
      return null
    }
  }
}
