import type { Producer } from '../producer/producer.js'
import type { Clock } from '../util/clock.js'
import type { Logger } from '../logging/logger.js'
import type { Periodic } from './find-periodic-jobs.js'
import type { PeriodicJob } from './periodic-job.js'
import { askJob, attachSchedule } from './periodic-job.js'
import type { Schedule } from './schedule.js'
import { StoreClock } from './store-clock.js'
import { askedTick, dueTick, standingTick } from './tick-rules.js'

/** What a loop is made of. */
export interface TickLoopParts {
  readonly producer: Producer
  readonly logger: Logger
  /** Builds the job of that name, to ask it when it is due. */
  readonly build: (name: string) => object
  /** The store's clock itself, where it is at hand; null: the store is asked. */
  readonly clock: Clock | null
}

/** Longest sleep in one go, ms: the store's clock is looked at again after it. */
const LONGEST_SLEEP = 600_000
/** Shortest wait between two questions to a job, ms. */
const SHORTEST_WAIT = 20
/** A job whose `isDue` threw is asked again after this, ms. */
const AFTER_ERROR = 60_000
const FIRST_BACKOFF = 200
const LONGEST_BACKOFF = 10_000

/**
 * Follows the schedule of one periodic job. Made by the {@link Scheduler}.
 *
 * 1. It reads the job's last tick; a job that is seen for the first time is given one, now, without a run. 2. It sleeps
 * until the next. 3. It takes the tick: the store queues its task and moves the schedule on, both or neither, unless
 * another scheduler was first. 4. What it is told then is the last tick, whoever took it. A store that is away is asked
 * again with backoff.
 */
export class TickLoop {
  readonly #clock: StoreClock
  #last: number | null = null
  #job: PeriodicJob | null = null
  #failures = 0
  #stopped = false
  #wake: (() => void) | null = null
  #running: Promise<void> | null = null

  constructor(
    private readonly parts: TickLoopParts,
    private readonly periodic: Periodic,
  ) {
    this.#clock = new StoreClock(parts.clock)
  }

  /** For who moves the clock: takes all ticks that are due. @returns ms until the next look */
  async tick(): Promise<number> {
    let wait: number
    do wait = await this.#step()
    while (wait === 0)
    return wait
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Takes no more ticks. Resolves when none is under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#wake?.()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const wait = await this.#step().then(
        (next) => this.#followed(next),
        (error: unknown) => this.#failed(error),
      )
      if (wait > 0) await this.#sleep(Math.min(wait, LONGEST_SLEEP))
    }
  }

  /** Looks once. @returns ms until the next look */
  async #step(): Promise<number> {
    const { job, schedule, asks } = this.periodic
    if (this.#last === null) await this.#begin()
    const last = this.#last
    if (last === null) return 0
    if (asks) return await this.#ask(last)
    if (schedule === null) return LONGEST_SLEEP
    const due = dueTick(schedule, job.options.catchUp, last, this.#clock.now())
    if (due === null) return this.#until(schedule.next(last))
    await this.#take(due.at, due.run)
    return 0
  }

  /** Finds out where the schedule stands. */
  async #begin(): Promise<void> {
    const { producer } = this.parts
    const { job } = this.periodic
    const { last, now } = await producer.parts.broker.lastTicks(producer.queueOf(job), [job.name])
    this.#clock.hear(now)
    this.#last = last[0] ?? null
    if (standingTick(this.#last, now) !== null) return
    if (this.#last !== null) {
      const stands = new Date(this.#last).toISOString()
      this.parts.logger.warn(`the last tick of ${job.name} was at ${stands}, which is still to come: it starts anew`)
    }
    await this.#take(now, false)
  }

  async #take(at: number, run: boolean): Promise<void> {
    const { producer, logger } = this.parts
    const { job } = this.periodic
    const reply = await producer.tick(job, this.#last, at, run)
    this.#clock.hear(reply.now)
    this.#last = reply.last
    if (reply.queued) logger.debug(`${job.name} is due and queued`, { tick: at })
  }

  async #ask(last: number): Promise<number> {
    let answer: ReturnType<typeof askJob>
    try {
      answer = askJob(this.periodic.job.name, this.#builtJob(), last)
    } catch (error) {
      const stack = error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {}
      this.parts.logger.error(`${this.periodic.job.name} could not say whether it is due: ${String(error)}`, stack)
      return AFTER_ERROR
    }
    if (answer.due) await this.#take(askedTick(this.periodic.schedule, last, this.#clock.now()), true)
    return Math.max(answer.next, SHORTEST_WAIT)
  }

  #builtJob(): PeriodicJob {
    if (this.#job === null) {
      const { job, schedule } = this.periodic
      this.#job = this.parts.build(job.name) as PeriodicJob
      attachSchedule(this.#job, { schedule: schedule ?? NEVER, now: () => this.#clock.now() })
    }
    return this.#job
  }

  #until(next: number | null): number {
    return next === null ? LONGEST_SLEEP : Math.max(1, next - this.#clock.now())
  }

  #followed(wait: number): number {
    if (this.#failures > 0) this.parts.logger.info(`the schedule of ${this.periodic.job.name} is followed again`)
    this.#failures = 0
    return wait
  }

  #failed(error: unknown): number {
    if (this.#stopped) return 0
    const backoff = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** this.#failures)
    const message = `the schedule of ${this.periodic.job.name} cannot be followed for now: ${String(error)}`
    // One line an outage and job is enough.
    if (this.#failures === 0) this.parts.logger.warn(message)
    else this.parts.logger.debug(message)
    this.#failures += 1
    // What the store has may be another tick by now.
    this.#last = null
    return backoff * (0.5 + Math.random() / 2)
  }

  async #sleep(ms: number): Promise<void> {
    // Stopped while it looked, it has nobody left to wake it.
    if (this.#stopped) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = null
    // After a long one the clocks may have drifted apart, and others have taken ticks.
    if (ms >= AFTER_ERROR) this.#last = null
  }
}

const NEVER: Schedule = {
  next: () => null,
  last: () => null,
}
