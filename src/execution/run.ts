import { setMaxListeners } from 'node:events'
import { RunOverError, TaskAbortedError } from '../errors.js'
import type { RunnableJob } from '../jobs/loading/runnable-job.js'
import type { Logger } from '../logging/logger.js'
import type { LoggedLine, LogStart } from '../model/logged-line.js'
import type { TaskCall, TaskHeader } from '../model/task-record.js'
import { taskHeader } from '../model/task-record.js'
import { STARTED } from '../model/task-state.js'
import type { ClaimedTask } from '../stores/broker.js'
import type { Clock } from '../util/clock.js'
import { SYSTEM_CLOCK } from '../util/clock.js'
import { LastLines } from './last-lines.js'
import type { TraceIds } from '../telemetry/telemetry.js'
import type { RunResult } from './run-result.js'
import type { RunTimeout } from './run-timeouts.js'
import { RunTimeouts } from './run-timeouts.js'
import { systemTime } from '../util/timers.js'

/** Receives the start and the progress of a run. */
export interface RunHooks {
  /** Called when the job is about to run. */
  readonly onBegin?: (run: Run) => void
  /** Stores the progress of the run. Resolves when the store has it. Absent for a run without a queue. */
  readonly onProgress?: (run: Run, value: unknown) => Promise<void>
}

/** The parts of a {@link Run}. */
export interface RunParts {
  /** Empty where the task is in none. */
  readonly queue: string
  readonly claimed: ClaimedTask
  readonly call: TaskCall
  /** The job that the call names; null where this process has no job of that name. */
  readonly job: RunnableJob | null
  /** Its logger, or what makes it: most runs write nothing. */
  readonly logger: Logger | ((run: Run) => Logger)
  /** The error for which the call of the task could not be read; absent where it could. */
  readonly unreadable?: string
  /** Whether the last lines that it logs are kept. Default: they are not. */
  readonly keepsLines?: boolean
  /** The clock by which the task records the run. Default: the clock of this machine. */
  readonly clock?: Clock
}

const NO_HOOKS: RunHooks = {}

/** A run whose job is known. */
export type RunOfJob = Run & { readonly job: RunnableJob }

/**
 * A run of a task: the claimed task, its job, and the signal that stops it. Created when a claim arrives. The runner begins it
 * and the executor ends it. In between it can be aborted, by a timeout, a revocation, a lost lease or a shutdown.
 */
export class Run {
  /** Its place among the present runs of its queue; -1: it is none of them. {@link PresentRuns} writes it. */
  place = -1
  /** How long the run took, ms. 0 until its end, and where it ended before it began. */
  took = 0
  /** What its log lines have, so that they are found by its trace; null: there is none. */
  trace: TraceIds | null = null
  #logger: Logger | null = null
  #lines: LastLines | null = null
  /** Most runs need neither. */
  #controller: AbortController | null = null
  #lifetime: AbortController | null = null
  #isOver = false
  /** Of a run that has a timeout, once it has begun. */
  #timeout: RunTimeout | null = null
  #startedAt = 0
  #dated = 0
  #abortReason: TaskAbortedError | null = null
  #onAbort: ((reason: TaskAbortedError) => void) | null = null

  constructor(
    private readonly parts: RunParts,
    private readonly hooks: RunHooks = NO_HOOKS,
  ) {}

  get queue(): string {
    return this.parts.queue
  }

  get claimed(): ClaimedTask {
    return this.parts.claimed
  }

  get call(): TaskCall {
    return this.parts.call
  }

  get job(): RunnableJob | null {
    return this.parts.job
  }

  get logger(): Logger {
    const { logger } = this.parts
    if (this.#logger === null) {
      const made = typeof logger === 'function' ? logger(this) : logger
      if (this.parts.keepsLines === true) this.#lines = new LastLines()
      this.#logger = this.#lines?.of(made) ?? made
    }
    return this.#logger
  }

  /** The last lines that it has logged, and where they stand in its log; null: none, or they are not kept. */
  get lines(): { readonly logs: readonly LoggedLine[]; readonly logStart: LogStart; readonly firstLog: number } | null {
    const logs = this.#lines?.kept() ?? []
    if (this.#lines === null || logs.length === 0) return null
    return { logs, logStart: this.logStart, firstLog: this.#lines.written - logs.length }
  }

  /** What is unique for this start of its task. */
  get logStart(): LogStart {
    const { run, fence, claimedAt } = this.claimed
    return { run, fence, claimedAt }
  }

  /** Its last lines, which grow; null: they are not kept. */
  get log(): LastLines | null {
    // They are made with the logger, when something is logged first.
    return this.logger === this.#logger ? this.#lines : null
  }

  /** Aborted when the run must stop. The reason is a {@link TaskAbortedError}. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = unlimited()
      if (this.#abortReason !== null) this.#controller.abort(this.#abortReason)
    }
    return this.#controller.signal
  }

  /**
   * Aborted when the run must stop, or is over. What a run has started listens to it, so that nothing outlives the run. The
   * reason is a {@link TaskAbortedError} or a {@link RunOverError}.
   */
  get lifetime(): AbortSignal {
    if (this.#lifetime === null) {
      this.#lifetime = unlimited()
      if (this.#abortReason !== null || this.#isOver) this.#endLifetime()
    }
    return this.#lifetime.signal
  }

  /** The reason for which the run was told to stop; null where it was not. */
  get abortReason(): TaskAbortedError | null {
    return this.#abortReason
  }

  /** When the run began, ms since the epoch by this machine's clock; 0 before that. */
  get startedAt(): number {
    return this.#startedAt
  }

  /** When the run began by the clock of the task's record; 0 before that. */
  get dated(): number {
    return this.#dated
  }

  /** Longest time from `begin()` on, ms; 0: no limit. */
  get timeout(): number {
    return this.call.timeout ?? this.job?.timeout ?? 0
  }

  /** The error for which the call of the task could not be read; null where it could. */
  get unreadable(): string | null {
    return this.parts.unreadable ?? null
  }

  /** Whether `execute` runs its task here, for no queue and no worker. */
  get isLocal(): boolean {
    return this.queue === ''
  }

  hasJob(): this is RunOfJob {
    return this.job !== null
  }

  /** The header of the task in this run. @param known - the members that differ from the claimed header */
  header(known: Partial<TaskHeader> = {}): TaskHeader {
    const { id, job, tags, priority, crashes, queuedAt, dueAt, run } = this.claimed
    const { queue, dated } = this
    return taskHeader({
      id,
      queue,
      job,
      tags,
      priority,
      crashes,
      queuedAt,
      dueAt,
      status: STARTED,
      runs: run,
      startedAt: dated,
      ...known,
    })
  }

  /** Starts the clock. @throws {@link TaskAbortedError} when the run was told to stop before */
  begin(): void {
    if (this.#abortReason) throw this.#abortReason
    this.#startedAt = systemTime()
    const { clock = SYSTEM_CLOCK } = this.parts
    this.#dated = clock === SYSTEM_CLOCK ? this.#startedAt : clock.now()
    // In a pool, a run may begin a second time, in another member.
    this.#endTimeout()
    const { timeout } = this
    if (timeout > 0) this.#timeout = RunTimeouts.begin(this, timeout)
    this.hooks.onBegin?.(this)
  }

  /** Stores the progress of the run. Resolves when the store has it, or has ignored it because the run no longer counts. */
  async progress(value: unknown): Promise<void> {
    await this.hooks.onProgress?.(this, value)
  }

  /** The run is over: it cannot time out any more, and its `lifetime` ends. */
  end(): void {
    this.#endTimeout()
    this.#isOver = true
    this.#endLifetime()
  }

  /** Tells the job to stop, and stops waiting for it. Only the first reason counts. */
  abort(why: TaskAbortedError['why']): void {
    if (this.#abortReason) return
    this.#abortReason = new TaskAbortedError(this.claimed.id, why)
    this.#controller?.abort(this.#abortReason)
    this.#endLifetime()
    this.#onAbort?.(this.#abortReason)
  }

  /** The result of a runner, or the abort of the run if that comes first: a job that ignores its signal holds nothing up. */
  resultOrAbort(result: Promise<RunResult>): Promise<RunResult> {
    return new Promise((resolve) => {
      const onError = (error: unknown): void => {
        resolve({ kind: 'threw', error })
      }
      this.#onAbort = onError
      result.then(resolve, onError)
    })
  }

  #endTimeout(): void {
    if (this.#timeout === null) return
    this.#timeout.list.end(this.#timeout)
    this.#timeout = null
  }

  #endLifetime(): void {
    this.#lifetime?.abort(this.#abortReason ?? new RunOverError(this.claimed.id))
  }
}

/** A job may do any number of things at once that listen to the signal of its run. */
function unlimited(): AbortController {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  return controller
}
