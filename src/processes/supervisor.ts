import type { Logger } from '../logging/logger.js'
import { WorkerProcess } from './worker-process.js'

const FIRST_BACKOFF = 100
const LONGEST_BACKOFF = 10_000
/** After a process that lived this long the backoff starts anew, ms. */
const HEALTHY = 30_000
/** After the grace period a process has this long to release its tasks before it is killed, ms. */
export const KILL_AFTER = 10_000

/**
 * Keeps a number of worker processes alive. Made by `start()` where `workers` is 1 or more.
 *
 * 1. `start()` starts the processes, and resolves when all of them consume. 2. A process that dies is replaced, with
 * backoff. 3. A process that has run `maxRequests` tasks, or that `roll()` replaces, drains when its replacement consumes,
 * so that no task waits meanwhile. 4. `stop()` tells all processes to drain, and kills those that do not end in time.
 */
export class Supervisor {
  readonly #processes = new Set<WorkerProcess>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #rolling: Promise<void> | null = null
  #stopping = false

  constructor(
    private readonly count: number,
    private readonly logger: Logger,
    /** ms */
    private readonly gracePeriod: number,
  ) {}

  /** Ids of the processes that run. */
  get pids(): readonly number[] {
    return [...this.#processes].flatMap(({ pid }) => (pid === undefined ? [] : [pid]))
  }

  /** The queues that the worker processes consume. */
  get queues(): readonly string[] {
    return [...new Set([...this.#processes].flatMap(({ queues }) => queues))]
  }

  /** Whether any worker process consumes. */
  get consumes(): boolean {
    return [...this.#processes].some(({ isReady, isStopping }) => isReady && !isStopping)
  }

  /** Rejects when a worker process ends before it consumes: a restart would fail for the same reason. */
  async start(): Promise<void> {
    const started = Array.from({ length: this.count }, (_, i) => this.#launch(i + 1))
    const all = await Promise.all(
      started.map(async (each) => {
        if (!(await each.ready)) return await each.ended
        this.#keep(each, 0)
        return null
      }),
    )
    const at = all.findIndex((how) => how !== null)
    if (at < 0) return
    await this.stop()
    throw new Error(`worker process ${String(at + 1)} ended with ${String(all[at])} before it was ready`)
  }

  /** Replaces all workers, one by one. When a replacement cannot start, its worker and all after it stay. */
  async roll(): Promise<void> {
    const before = this.#rolling
    const rolling = (async () => {
      await before
      await this.#roll()
    })()
    this.#rolling = rolling
    await rolling
  }

  async stop(): Promise<void> {
    this.#stopping = true
    for (const timer of this.#timers) clearTimeout(timer)
    await Promise.all([...this.#processes].map((each) => each.stop(this.gracePeriod + KILL_AFTER)))
  }

  /** Ends the grace period of all processes now. */
  stopNow(): void {
    for (const each of this.#processes) each.stopNow()
  }

  #launch(number: number): WorkerProcess {
    const launched = new WorkerProcess(number, () => {
      this.logger.info(`worker process ${String(number)} has run its maxRequests tasks; another takes its place`)
      void this.#replace(launched)
    })
    this.#processes.add(launched)
    void launched.ended.then(() => this.#processes.delete(launched))
    return launched
  }

  /** Replaces a process that ends without being told to. @param crashes - number of crashes in a row before it */
  #keep(kept: WorkerProcess, crashes: number): void {
    void kept.ended.then((how) => {
      if (kept.isStopping || this.#stopping) return
      const inARow = performance.now() - kept.startedAt > HEALTHY ? 1 : crashes + 1
      const wait = Math.round(
        Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (inARow - 1)) * (0.8 + Math.random() * 0.4),
      )
      const often = inARow > 1 ? `, ${String(inARow)} times in a row` : ''
      this.logger.error(
        `worker process ${String(kept.number)} ended with ${how}${often}; another starts in ${String(wait)} ms`,
      )
      const timer = setTimeout(() => {
        this.#timers.delete(timer)
        this.#keep(this.#launch(kept.number), inARow)
      }, wait)
      this.#timers.add(timer)
    })
  }

  /** Starts a replacement, and stops the old process when it consumes. @returns false when the old process goes on */
  async #replace(old: WorkerProcess): Promise<boolean> {
    if (this.#stopping || old.isStopping) return true
    const next = this.#launch(old.number)
    if (!(await next.ready)) {
      const how = await next.ended
      if (this.#isStopping()) return false
      this.logger.error(
        `the replacement of worker process ${String(old.number)} ended with ${how} before it was ready; the old one goes on`,
      )
      return false
    }
    this.#keep(next, 0)
    await old.stop(this.gracePeriod + KILL_AFTER)
    return true
  }

  #isStopping(): boolean {
    return this.#stopping
  }

  async #roll(): Promise<void> {
    this.logger.info(`replaces ${String(this.count)} worker processes, one by one`)
    for (const old of [...this.#processes]) {
      if (!(await this.#replace(old))) {
        if (this.#isStopping()) return
        this.logger.error('the other worker processes are not replaced')
        return
      }
    }
    this.logger.info('all worker processes are replaced')
  }
}
