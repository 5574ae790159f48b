import type { ClaimedTask } from '../stores/broker.js'
import { TaskAbortedError } from '../errors.js'
import type { TaskCall, TaskHeader } from '../model/task-record.js'
import { taskHeader } from '../model/task-record.js'
import { STARTED } from '../model/task-state.js'
import type { Clock } from '../util/clock.js'
import { SYSTEM_CLOCK } from '../util/clock.js'
import type { Logger } from '../logging/logger.js'
import type { LongTimeout } from '../util/long-timeout.js'
import { longTimeout } from '../util/long-timeout.js'

/**
 * One run of one task: what was claimed, and the means to stop it. Made by the consumer when a claim comes in; the
 * executor begins and ends it; `abort` may come from anywhere in between.
 */
export class Run {
  readonly #controller = new AbortController()
  #timer: LongTimeout | undefined
  #timeout = 0
  #startedAt = 0
  #dated = 0
  #abortReason: TaskAbortedError | null = null
  #onAbort: ((reason: TaskAbortedError) => void) | null = null
  readonly #onEnd = new Set<() => void>()

  constructor(
    readonly queue: string,
    readonly claimed: ClaimedTask,
    readonly call: TaskCall,
    readonly logger: Logger,
    /** Called when the job is about to run. */
    private readonly onBegin: ((run: Run) => void) | null,
    /** Stores how far it is; null where nobody could ask. */
    private readonly onProgress: ((run: Run, value: unknown) => Promise<void>) | null,
    /** Dates what its task says of it. */
    readonly clock: Clock = SYSTEM_CLOCK,
  ) {}

  /** Aborted when the run must stop; the reason is a {@link TaskAbortedError}. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Why it was told to stop; null when it was not. */
  get abortReason(): TaskAbortedError | null {
    return this.#abortReason
  }

  /** ms since the epoch by this machine's clock; 0 before it began. */
  get startedAt(): number {
    return this.#startedAt
  }

  /** The same by the run's clock, as its task says it. */
  get dated(): number {
    return this.#dated
  }

  /** ms; 0 for none. */
  get timeout(): number {
    return this.#timeout
  }

  /** The header of its task, as it stands in this run. @param known - the members that differ */
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

  /** Starts the clock. @param timeout - ms; 0 for none */
  begin(timeout: number): void {
    if (this.#abortReason) throw this.#abortReason
    this.#startedAt = Date.now()
    this.#dated = this.clock.now()
    this.#timeout = timeout
    if (timeout > 0) {
      this.#timer = longTimeout(() => {
        this.abort('timeout')
      }, timeout)
    }
    this.onBegin?.(this)
  }

  /** Stores how far the run is. Resolves when the store has it, also when the run no longer counts. */
  async progress(value: unknown): Promise<void> {
    await this.onProgress?.(this, value)
  }

  /** Calls back when the run is over, however it ends. @returns calls back no more */
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

  /** The job's result, or a rejection as soon as it is told to stop: a job that ignores its signal holds nothing up. */
  async orAborted(result: unknown): Promise<unknown> {
    if (!(typeof result === 'object' && result !== null && 'then' in result)) return result
    return await new Promise((resolve, reject) => {
      this.#onAbort = reject
      Promise.resolve(result).then(resolve, reject)
    })
  }
}
