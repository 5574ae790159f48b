import type { RunnableJob } from '../jobs/loading/runnable-job.js'
import { scheduleInWords } from '../operate/schedule-in-words.js'
import type { Producer } from '../producer/producer.js'
import type { Clock } from '../util/clock.js'
import type { Logger } from '../logging/logger.js'
import { OutageLog } from '../logging/outage-log.js'
import { Backoff } from '../util/backoff.js'
import type { ScheduledJob } from './find-periodic-jobs.js'
import type { PeriodicJob } from './periodic-job.js'
import { attachSchedule, callIsDue } from './periodic-job.js'
import type { Schedule } from './schedule.js'
import { StoreClock } from './store-clock.js'
import { dueTick, resumeTick, tickForIsDue, waitsForClock } from './tick-rules.js'
import { errorMessage, errorStack } from '../util/thrown.js'
import { pause } from '../util/timers.js'

/** The parts that a {@link TickLoop} uses. */
export interface TickLoopParts {
  readonly producer: Producer
  readonly logger: Logger
  /** Builds a job, whose `isDue` is then called. */
  readonly build: (job: RunnableJob) => object
  /** The store's clock itself, where this process has it; null: the store's replies tell its time. */
  readonly clock: Clock | null
}

/** Longest single sleep, in ms. After it, the store's clock is read again. */
const LONGEST_SLEEP = 600_000
/** Shortest wait between two calls of a job's `isDue`, in ms. */
const SHORTEST_WAIT = 20
/** Wait after an `isDue` that failed, in ms. */
const AFTER_ERROR = 60_000
/** Time until a paused schedule is tried again, ms: at its next tick, so that one that is due behind the end of the pause is taken in time. */
const SHORTEST_PAUSED = 2_000
const LONGEST_PAUSED = 10_000
const FIRST_BACKOFF = 200
const LONGEST_BACKOFF = 10_000

/**
 * Follows the schedule of one periodic job. Created by the {@link Scheduler}. Its life:
 *
 * 1. Read the job's last tick. A job that is seen for the first time gets a tick now, without a task. Where the tick belongs
 *    to another schedule, a deployment has changed it: ticks of the new one that lie before now are passed over.
 * 2. Sleep until the next tick.
 * 3. Take the tick: the store queues the task and moves the schedule on, both or neither, unless another scheduler was
 *    first.
 * 4. Go on from the last tick in the store's reply, whoever took it.
 *
 * While the store is away, the loop tries again with backoff. While an operator has paused the schedule, the store refuses its ticks, and
 * the loop tries the one that is due at each next one: behind the pause, what was missed is caught up as after an outage.
 */
export class TickLoop {
  readonly #clock: StoreClock
  #last: number | null = null
  #job: PeriodicJob | null = null
  /** Whether the store knows the schedule that this loop follows. */
  #isAdopted = false
  /** Whether the store has refused the last tick, since the schedule is paused. */
  #isPaused = false
  #saysChanged = true
  #saysClockSetBack = true
  readonly #backoff = new Backoff(FIRST_BACKOFF, LONGEST_BACKOFF)
  readonly #outage: OutageLog
  readonly #stopping = new AbortController()
  #running: Promise<void> | null = null

  constructor(
    private readonly parts: TickLoopParts,
    private readonly scheduled: ScheduledJob,
  ) {
    this.#clock = new StoreClock(parts.clock)
    this.#outage = new OutageLog(parts.logger, `the schedule of ${scheduled.job.name} works again`)
  }

  /** Takes all ticks that are due. Tests that move the clock call it in place of `start()`. @returns ms until the next look */
  async tick(): Promise<number> {
    let wait: number
    do wait = await this.#step()
    while (wait === 0)
    return wait
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Stops taking ticks. Resolves when the tick that is being taken, if any, is done. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const wait = await this.#step().then(
        (next) => this.#succeeded(next),
        (error: unknown) => this.#failed(error),
      )
      if (wait > 0) await pause(Math.min(wait, LONGEST_SLEEP), signal)
      // During a long sleep the clocks may drift apart, and other schedulers take ticks.
      if (wait >= AFTER_ERROR) this.#last = null
    }
  }

  /** Looks once for a due tick. @returns ms until the next look */
  async #step(): Promise<number> {
    const { job, schedule, overridesIsDue } = this.scheduled
    if (this.#last === null) await this.#readLastTick()
    const last = this.#last
    if (last === null) return this.#isPaused ? SHORTEST_PAUSED : 0
    this.#watchClock(last)
    if (overridesIsDue) return await this.#followIsDue(last)
    if (schedule === null) return LONGEST_SLEEP
    const due = dueTick(schedule, job.options.catchUp, last, this.#clock.now())
    if (due === null) return this.#until(schedule.next(last))
    return (await this.#take(due.at, due.run)) ? 0 : this.#untilTriedAgain(schedule, last)
  }

  /** Reads the tick from which the schedule resumes, or starts the schedule anew. */
  async #readLastTick(): Promise<void> {
    const { job, text } = this.scheduled
    const { last, now } = await this.parts.producer.lastTick(job)
    this.#clock.set(now)
    this.#last = last?.at ?? null
    const from = resumeTick(this.scheduled, last, now)
    let isTold = true
    if (from === null) {
      if (last !== null) {
        const ahead = new Date(last.at).toISOString()
        this.parts.logger.warn(`the last tick of ${job.name}, ${ahead}, lies in the future: its schedule starts anew`)
      }
      isTold = await this.#take(now, false)
    } else if (last?.schedule !== text && !this.#isAdopted) isTold = await this.#adopt(from)
    this.#isAdopted ||= isTold
  }

  /**
   * Tells the store that the schedule has changed, once a start: schedulers of the old version may run for a while, and they
   * follow the old schedule until they end.
   *
   * @param from - the tick from which the schedule goes on
   * @returns false: it is paused, and has to be told behind that
   */
  async #adopt(from: number): Promise<boolean> {
    if (this.#saysChanged) {
      this.parts.logger.info(
        `the schedule of ${this.scheduled.job.name} has changed: ${scheduleInWords(this.scheduled.text)}`,
      )
    }
    this.#saysChanged = false
    if (!(await this.#take(from, false))) {
      this.#last = null
      return false
    }
    if (this.#last === from) return true
    // Another scheduler has taken a tick meanwhile. What the new schedule passes over has to be told anew.
    await this.#readLastTick()
    return this.#isAdopted
  }

  /** Says once that the schedule waits, since the store's clock was set back. */
  #watchClock(last: number): void {
    const waits = waitsForClock(last, this.#clock.now())
    if (waits && this.#saysClockSetBack) {
      this.parts.logger.warn(
        `the store's clock was set back: the last tick of ${this.scheduled.job.name} lies in the future, at ` +
          `${new Date(last).toISOString()}; its schedule goes on from then`,
      )
    }
    this.#saysClockSetBack = !waits
  }

  /** @returns false: the schedule is paused */
  async #take(at: number, run: boolean): Promise<boolean> {
    const { producer, logger } = this.parts
    const { job } = this.scheduled
    const reply = await producer.tick(job, { expected: this.#last, at, schedule: this.scheduled.text }, run)
    this.#clock.set(reply.now)
    this.#last = reply.last
    const isPaused = reply.paused === true
    this.#tellPause(isPaused)
    if (reply.queued) logger.debug(`${job.name} is due and queued`, { tick: at })
    return !isPaused
  }

  #tellPause(isPaused: boolean): void {
    if (isPaused !== this.#isPaused) {
      const { name } = this.scheduled.job
      this.parts.logger.info(`the schedule of ${name} ${isPaused ? 'is paused by an operator' : 'goes on'}`)
    }
    this.#isPaused = isPaused
  }

  async #followIsDue(last: number): Promise<number> {
    let answer: ReturnType<typeof callIsDue>
    try {
      answer = callIsDue(this.scheduled.job.name, this.#builtJob(), last)
    } catch (error) {
      const trace = errorStack(error)
      const stack = trace === undefined ? {} : { stack: trace }
      this.parts.logger.error(`isDue of ${this.scheduled.job.name} failed: ${errorMessage(error)}`, stack)
      return AFTER_ERROR
    }
    const now = this.#clock.now()
    const isTaken = !answer.due || (await this.#take(tickForIsDue(this.scheduled.schedule, last, now), true))
    return Math.max(answer.next, isTaken ? SHORTEST_WAIT : SHORTEST_PAUSED)
  }

  #builtJob(): PeriodicJob {
    if (this.#job === null) {
      const { job, schedule } = this.scheduled
      this.#job = this.parts.build(job) as PeriodicJob
      attachSchedule(this.#job, { schedule: schedule ?? NEVER, now: () => this.#clock.now() })
    }
    return this.#job
  }

  #until(next: number | null): number {
    return next === null ? LONGEST_SLEEP : Math.max(1, next - this.#clock.now())
  }

  /** Of a paused schedule. */
  #untilTriedAgain(schedule: Schedule, last: number): number {
    const next = schedule.next(schedule.last(last, this.#clock.now()) ?? last)
    return Math.min(Math.max(this.#until(next), SHORTEST_PAUSED), LONGEST_PAUSED)
  }

  #succeeded(wait: number): number {
    this.#outage.succeeded()
    this.#backoff.succeeded()
    return wait
  }

  #failed(error: unknown): number {
    if (this.#stopping.signal.aborted) return 0
    this.#outage.failed(`the schedule of ${this.scheduled.job.name} cannot be followed for now: ${errorMessage(error)}`)
    // Another scheduler may have taken a tick meanwhile.
    this.#last = null
    return this.#backoff.failed()
  }
}

const NEVER: Schedule = {
  next: () => null,
  last: () => null,
}
