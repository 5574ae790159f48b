import type { Logger } from '../logging/logger.js'
import type { WorkerFigures } from '../model/worker-figures.js'
import { Backoff } from '../util/backoff.js'
import type { WorkerProcess } from './worker-process.js'
import { WorkerSlot } from './worker-slot.js'
import { pause, performance } from '../util/timers.js'

/** After the grace period a process has this long to release its tasks before it is killed, ms. */
export const KILL_AFTER = 10_000
/** Waits before a process that asked for a replacement gets one that can start, ms. */
const FIRST_REPEAT = 1_000
const LONGEST_REPEAT = 60_000

/**
 * Keeps a number of worker processes alive. Created by `start()` where `workers` is 1 or more.
 *
 * There are as many processes as were asked for, and at most one more: processes are replaced one at a time, and the next
 * replacement starts when the old process has ended.
 *
 * 1. `start()` starts the processes, and resolves when all of them consume. 2. A process that dies is started anew, with
 * backoff, also before it consumes. 3. A process that has run `maxRequests` tasks, or that `roll()` replaces, drains when its replacement consumes, so
 * that no task waits meanwhile. 4. `stop()` tells all processes to drain, and kills those that do not end in time.
 */
export class Supervisor {
  readonly #slots: readonly WorkerSlot[]
  /** Settles when no replacement is under way. */
  #turn: Promise<unknown> = Promise.resolve()
  /** The roll that has not begun, because another replacement is under way. */
  #nextRoll: Promise<void> | null = null
  readonly #stopping = new AbortController()

  constructor(
    count: number,
    private readonly logger: Logger,
    /** ms */
    gracePeriod: number,
  ) {
    this.#slots = Array.from({ length: count }, (_, i) => {
      const slot: WorkerSlot = new WorkerSlot(i + 1, {
        logger,
        killAfter: gracePeriod + KILL_AFTER,
        onRecycle: (old) => {
          this.logger.info(
            `worker process ${String(slot.number)} has run its maxRequests tasks; another takes its place`,
          )
          void this.#recycle(slot, old)
        },
      })
      return slot
    })
  }

  /** Ids of the processes that run. */
  get pids(): readonly number[] {
    return this.#processes.flatMap(({ pid }) => (pid === undefined ? [] : [pid]))
  }

  /** The queues that the worker processes consume. */
  get queues(): readonly string[] {
    return [...new Set(this.#processes.flatMap(({ queues }) => queues))]
  }

  /** What the worker processes say of themselves. */
  get figures(): readonly WorkerFigures[] {
    return this.#processes.flatMap(({ figures }) => figures ?? [])
  }

  /** Whether any worker process consumes. */
  get consumes(): boolean {
    return this.#processes.some(({ isReady, isStopping }) => isReady && !isStopping)
  }

  /** Whether a process did not end in time, and was killed. */
  get hasKilled(): boolean {
    return this.#slots.some(({ hasKilled }) => hasKilled)
  }

  /** Rejects when a worker process cannot start, or dies several times in a row before it consumes. */
  async start(): Promise<void> {
    const failures: string[] = []
    await Promise.all(
      this.#slots.map(async (slot) => {
        const failure = await slot.start()
        if (failure === null) return
        failures.push(failure)
        await this.stop()
      }),
    )
    if (failures.length > 0) throw new Error(failures[0])
  }

  /**
   * Replaces all workers that run when it begins, one by one. When a replacement cannot start, its worker and all after it
   * stay. Calls that come before a roll begins are one with it; it begins when no other replacement is under way.
   */
  async roll(): Promise<void> {
    this.#nextRoll ??= this.#inTurn(async () => {
      this.#nextRoll = null
      await this.#roll()
    })
    await this.#nextRoll
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#slots.map(async (slot) => await slot.stop()))
  }

  /** Ends the grace period of all processes now. */
  stopNow(): void {
    for (const each of this.#processes) each.stopNow()
  }

  /** Kills all processes at once. */
  kill(): void {
    void this.stop()
    for (const each of this.#processes) each.kill()
  }

  get #processes(): readonly WorkerProcess[] {
    return this.#slots.flatMap(({ processes }) => processes)
  }

  #hasStopped(): boolean {
    return this.#stopping.signal.aborted
  }

  /** Runs one replacement after the other, in the order of the calls. */
  async #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(act)
    this.#turn = done.catch(() => undefined)
    return await done
  }

  /** Replaces a process; tries again with backoff when the replacement cannot start: the process asks only once. */
  async #recycle(slot: WorkerSlot, old: WorkerProcess): Promise<void> {
    const backoff = new Backoff(FIRST_REPEAT, LONGEST_REPEAT)
    while (!this.#hasStopped() && !(await this.#inTurn(async () => await slot.replace(old)))) {
      await pause(backoff.failed(), this.#stopping.signal)
    }
  }

  async #roll(): Promise<void> {
    if (this.#hasStopped()) return
    const since = performance.now()
    this.logger.info(`the supervisor replaces ${String(this.#slots.length)} worker processes, one by one`)
    for (const slot of this.#slots) {
      const { current } = slot
      // A process that was started anew meanwhile is new, as is the one that will be started after a crash.
      if (current === null || current.startedAt > since) continue
      const isReplaced = await slot.replace(current)
      if (this.#hasStopped()) return
      if (!isReplaced) {
        this.logger.error('the other worker processes are not replaced')
        return
      }
    }
    this.logger.info('all worker processes are replaced')
  }
}
