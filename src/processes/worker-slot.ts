import type { Logger } from '../logging/logger.js'
import { Backoff } from '../util/backoff.js'
import { WorkerProcess } from './worker-process.js'
import { pause, performance } from '../util/timers.js'

const FIRST_BACKOFF = 100
const LONGEST_BACKOFF = 10_000
/** After a process that lived this long the backoff starts anew, ms. */
const HEALTHY = 30_000
/** Processes in a row that may end before they were ready, without a word, until the start has failed. */
const MOST_STARTS = 3

/** The parts of a {@link WorkerSlot}. */
export interface WorkerSlotParts {
  readonly logger: Logger
  /** Time that a process gets to end after it was told to stop, ms. */
  readonly killAfter: number
  /** Called when the slot's process has run its `maxRequests` tasks. */
  readonly onRecycle: (old: WorkerProcess) => void
}

/**
 * One of the workers that were asked for. Created by the {@link Supervisor}. It has one process, or none while it waits to start
 * one anew after a crash. While the process is replaced there is a second one: first the replacement, which starts, then
 * the old process, which drains.
 *
 * 1. `start()` starts the first process, and another one where it dies before it consumes. 2. A process that ends by itself is started anew, with backoff; where its
 * replacement starts already, that one takes its place. 3. `replace()` exchanges the process for a new one, once. 4.
 * `stop()` ends whatever runs.
 */
export class WorkerSlot {
  #current: WorkerProcess | null = null
  /** The replacement of the current process, while it starts. */
  #next: WorkerProcess | null = null
  /** Processes that were told to stop, and have not ended. */
  readonly #draining = new Set<WorkerProcess>()
  readonly #crashes = new Backoff(FIRST_BACKOFF, LONGEST_BACKOFF)
  readonly #stopping = new AbortController()
  #hasKilled = false
  #hasLaunched = false

  constructor(
    /** Of the worker, from 1. */
    readonly number: number,
    private readonly parts: WorkerSlotParts,
  ) {}

  /** The process in charge; null: none, until another one is started. */
  get current(): WorkerProcess | null {
    return this.#current
  }

  /** All processes of this slot. */
  get processes(): readonly WorkerProcess[] {
    return [this.#current, this.#next, ...this.#draining].filter((each) => each !== null)
  }

  /** Whether a process did not end in time, and was killed. */
  get hasKilled(): boolean {
    return this.#hasKilled
  }

  /**
   * Starts the first process. One that dies before it consumes is started anew, with backoff, a few times. One that reports
   * that it cannot start is not: the next one would fail for the same reason.
   *
   * @returns how it ended before it consumed; null when it consumes
   */
  async start(): Promise<string | null> {
    for (;;) {
      const first = (this.#current = this.#launch())
      if (await first.ready) {
        this.#crashes.succeeded()
        this.#keep(first)
        return null
      }
      await first.closed
      const failure = `worker process ${String(this.number)} ended with ${await first.ended} before it was ready`
      if (first.hasFailed || this.#hasStopped()) return failure
      const wait = this.#crashes.failed()
      const { failures } = this.#crashes
      if (failures >= MOST_STARTS) return `${failure}, ${String(failures)} times in a row`
      this.#current = null
      this.parts.logger.error(`${failure}; another starts in ${String(wait)} ms`)
      await pause(wait, this.#stopping.signal)
      if (this.#hasStopped()) return failure
    }
  }

  /**
   * Exchanges a process for a new one, which consumes before the old one is told to stop. Resolves when the old one has ended.
   * A process that is not in charge any more needs no replacement.
   *
   * @returns false when the new one could not start; the old one goes on
   */
  async replace(old: WorkerProcess): Promise<boolean> {
    if (this.#hasStopped() || old !== this.#current || this.#next !== null) return true
    const next = (this.#next = this.#launch())
    const isReady = await next.ready
    this.#next = null
    // Meanwhile the old one may have ended by itself.
    const replaced = this.current
    if (this.#hasStopped()) return true
    if (isReady) {
      this.#current = next
      this.#keep(next)
      if (replaced !== null) await this.#drain(replaced)
      return true
    }
    const how = await next.ended
    if (this.#hasStopped()) return true
    const failure = `the replacement of worker process ${String(this.number)} ended with ${how} before it was ready`
    if (replaced === null) void this.#startAnew(failure)
    else this.parts.logger.error(`${failure}; the old one goes on`)
    return false
  }

  /** Tells all processes of the slot to drain, and starts none any more. Resolves when they have ended. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.processes.map(async (each) => await each.stop(this.parts.killAfter)))
  }

  #hasStopped(): boolean {
    return this.#stopping.signal.aborted
  }

  #launch(): WorkerProcess {
    const isFirst = this.number === 1 && !this.#hasLaunched
    this.#hasLaunched = true
    const launched: WorkerProcess = new WorkerProcess(
      this.number,
      {
        onRecycle: () => {
          this.parts.onRecycle(launched)
        },
        onRetire: () => {
          const how = 'is stopped by an operator; no other one takes its place'
          this.parts.logger.info(`worker process ${String(this.number)} ${how}`)
          void this.stop()
        },
        onOverdue: () => {
          this.#hasKilled = true
          this.parts.logger.error(`worker process ${String(this.number)} did not end in time and is killed`)
        },
      },
      isFirst,
    )
    return launched
  }

  async #drain(old: WorkerProcess): Promise<void> {
    this.#draining.add(old)
    await old.stop(this.parts.killAfter)
    this.#draining.delete(old)
  }

  /** Starts the process anew when it ends while it is in charge. */
  #keep(kept: WorkerProcess): void {
    void kept.ended.then((how) => {
      if (kept !== this.#current || this.#hasStopped()) return
      this.#current = null
      if (performance.now() - kept.startedAt > HEALTHY) this.#crashes.succeeded()
      const failure = `worker process ${String(this.number)} ended with ${how}`
      if (this.#next === null) void this.#startAnew(failure)
      else this.parts.logger.error(`${failure}; its replacement starts already`)
    })
  }

  async #startAnew(failure: string): Promise<void> {
    const wait = this.#crashes.failed()
    const { failures } = this.#crashes
    const often = failures > 1 ? `, ${String(failures)} times in a row` : ''
    this.parts.logger.error(`${failure}${often}; another starts in ${String(wait)} ms`)
    await pause(wait, this.#stopping.signal)
    if (this.#hasStopped()) return
    this.#current = this.#launch()
    this.#keep(this.#current)
  }
}
