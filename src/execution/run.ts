import { TaskAbortedError } from '../errors.js'
import type { RunnableJob } from '../jobs/loading/runnable-job.js'
import type { Logger } from '../logging/logger.js'
import type { TaskCall, TaskHeader } from '../model/task-record.js'
import { taskHeader } from '../model/task-record.js'
import { STARTED } from '../model/task-state.js'
import type { ClaimedTask } from '../stores/broker.js'
import type { Clock } from '../util/clock.js'
import { SYSTEM_CLOCK } from '../util/clock.js'
import type { LongTimeout } from '../util/long-timeout.js'
import { longTimeout } from '../util/long-timeout.js'
import type { RunResult } from './run-result.js'

/** Told of the course of a run. */
export interface RunHooks {
  /** Called when the job is about to run. */
  readonly onBegin?: (run: Run) => void
  /** Stores the progress of the run. Resolves when the store has it. Absent: nobody could look it up. */
  readonly onProgress?: (run: Run, value: unknown) => Promise<void>
}

/** The parts of a {@link Run}. */
export interface RunParts extends RunHooks {
  /** Empty where the task is in none. */
  readonly queue: string
  readonly claimed: ClaimedTask
  readonly call: TaskCall
  /** The job that the call names; null where no job of this process has the name. */
  readonly job: RunnableJob | null
  readonly logger: Logger
  /** Why the call of the task could not be read; absent: it was. */
  readonly unreadable?: string
  /** Dates the run in its task. Default: the clock of this machine. */
  readonly clock?: Clock
}

/** A run whose job was found. */
export type RunOfJob = Run & { readonly job: RunnableJob }

/**
 * A run of a task: the claimed task with its job, and the means to stop it. Made when a claim comes in. Its runner begins
 * it, the executor ends it, and anybody may abort it in between.
 */
export class Run {
  readonly queue: string
  readonly claimed: ClaimedTask
  readonly call: TaskCall
  readonly job: RunnableJob | null
  readonly logger: Logger
  readonly #controller = new AbortController()
  #timer: LongTimeout | undefined
  #startedAt = 0
  #dated = 0
  #abortReason: TaskAbortedError | null = null
  #onAbort: ((reason: TaskAbortedError) => void) | null = null
  readonly #onEnd = new Set<() => void>()

  constructor(private readonly parts: RunParts) {
    this.queue = parts.queue
    this.claimed = parts.claimed
    this.call = parts.call
    this.job = parts.job
    this.logger = parts.logger
  }

  /** Aborted when the run must stop; the reason is a {@link TaskAbortedError}. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Why the run was told to stop; null when it was not. */
  get abortReason(): TaskAbortedError | null {
    return this.#abortReason
  }

  /** When the run began, ms since the epoch by this machine's clock; 0: it has not. */
  get startedAt(): number {
    return this.#startedAt
  }

  /** When the run began by its own clock, as its task has it; 0: it has not. */
  get dated(): number {
    return this.#dated
  }

  /** Longest time from `begin()` on, ms; 0: none. */
  get timeout(): number {
    return this.call.timeout ?? this.job?.timeout ?? 0
  }

  /** Why the call of its task could not be read; null: it was. */
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

  /** The header of the task, as it stands in this run. @param known - the members that differ */
  header(known: Partial<TaskHeader> = {}): TaskHeader {
    const { id, priority, crashes, queuedAt, dueAt, run } = this.claimed
    const { queue, dated } = this
    return taskHeader({
      id,
      queue,
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
    this.#startedAt = Date.now()
    this.#dated = (this.parts.clock ?? SYSTEM_CLOCK).now()
    // A run of a pool may begin again, in another member.
    this.#timer?.clear()
    if (this.timeout > 0) {
      this.#timer = longTimeout(() => {
        this.abort('timeout')
      }, this.timeout)
    }
    this.parts.onBegin?.(this)
  }

  /** Stores the progress of the run. Resolves when the store has it, also when the run no longer counts. */
  async progress(value: unknown): Promise<void> {
    await this.parts.onProgress?.(this, value)
  }

  /** Calls back when the run is over, however it ends. @returns takes the callback back */
  onEnd(callback: () => void): () => void {
    this.#onEnd.add(callback)
    return () => this.#onEnd.delete(callback)
  }

  /** Stops the clock, and lets go of what the run held. */
  end(): void {
    this.#timer?.clear()
    for (const callback of this.#onEnd) callback()
    this.#onEnd.clear()
  }

  /** Tells the job to stop, and stops waiting for it. The first reason counts. */
  abort(why: TaskAbortedError['why']): void {
    if (this.#abortReason) return
    this.#abortReason = new TaskAbortedError(this.claimed.id, why)
    this.#controller.abort(this.#abortReason)
    this.#onAbort?.(this.#abortReason)
  }

  /** The result of a runner, or the abort of the run: a job that ignores its signal holds nothing up. */
  async resultOrAbort(result: Promise<RunResult>): Promise<RunResult> {
    return await new Promise((resolve) => {
      const onError = (error: unknown): void => {
        resolve({ kind: 'threw', error })
      }
      this.#onAbort = onError
      result.then(resolve, onError)
    })
  }
}
