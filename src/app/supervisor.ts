import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import type { Logger } from '../util/logger.js'

/** Set in the environment of a worker process: which one it is. */
export const WORKER_ENV = 'PULSAR_QUEUE_WORKER'

/** What goes to a worker process. */
export type SupervisorOrder = { readonly pulsar: 'stop' } | { readonly pulsar: 'hurry' }

/** What comes from a worker process. */
export type WorkerReport = { readonly pulsar: 'ready' } | { readonly pulsar: 'failed' }

interface Child {
  readonly index: number
  process: ChildProcess
  ready: boolean
  startedAt: number
  /** Crashes in a row without a healthy stretch in between. */
  crashes: number
}

const FIRST_BACKOFF = 100
const LONGEST_BACKOFF = 10_000
/** A process that lived this long starts its backoff anew, ms. */
const HEALTHY = 30_000
/** Past the grace period, a process gets this long to hand its tasks back before it is killed, ms. */
const KILL_AFTER = 10_000

/**
 * Keeps a number of worker processes alive. Made by `start()` where `workers` is 1 or more.
 *
 * 1. `start()` starts the program that runs now once more for each worker, with a mark in its environment, and resolves
 * when all consume. 2. One that dies is replaced, with backoff. 3. `stop()` tells all to drain; those that do not end in
 * time are killed.
 */
export class Supervisor {
  readonly #children = new Map<number, Child>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #stopping = false
  #onEmpty: (() => void) | null = null

  constructor(
    private readonly count: number,
    private readonly logger: Logger,
    /** ms */
    private readonly gracePeriod: number,
  ) {}

  /** Ids of the processes that run now. */
  get pids(): readonly number[] {
    return [...this.#children.values()].flatMap(({ process: { pid } }) => (pid === undefined ? [] : [pid]))
  }

  /** Whether a worker process is there that consumes. */
  get consumes(): boolean {
    return [...this.#children.values()].some(({ ready }) => ready)
  }

  /** Rejects when a worker process ends before it ever consumed: what it lacks would be lacking again. */
  async start(): Promise<void> {
    const starts = Array.from({ length: this.count }, (_, index) => this.#launch(index, 0))
    try {
      await Promise.all(starts)
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true
    for (const timer of this.#timers) clearTimeout(timer)
    if (this.#children.size === 0) return
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve
    })
    this.#tell({ pulsar: 'stop' })
    const timer = setTimeout(() => {
      for (const { process: child } of this.#children.values()) child.kill('SIGKILL')
    }, this.gracePeriod + KILL_AFTER)
    await empty
    clearTimeout(timer)
  }

  /** Ends the grace period now. */
  hurry(): void {
    this.#tell({ pulsar: 'hurry' })
  }

  #tell(order: SupervisorOrder): void {
    for (const { process: child } of this.#children.values()) {
      if (child.connected) child.send(order)
    }
  }

  async #launch(index: number, crashes: number): Promise<void> {
    const script = process.argv[1] ?? ''
    const child = fork(script, process.argv.slice(2), { env: { ...process.env, [WORKER_ENV]: String(index + 1) } })
    const entry: Child = { index, process: child, ready: false, startedAt: Date.now(), crashes }
    this.#children.set(index, entry)
    await new Promise<void>((resolve, reject) => {
      child.on('message', (report: WorkerReport) => {
        if (report.pulsar !== 'ready') return
        entry.ready = true
        resolve()
      })
      child.once('exit', (code, signal) => {
        this.#children.delete(index)
        this.#ended(entry, signal ?? `code ${String(code ?? 0)}`)
        if (!entry.ready)
          reject(
            new Error(
              `worker process ${String(index + 1)} ended with ${signal ?? `code ${String(code ?? 0)}`} before it was ready`,
            ),
          )
      })
    })
  }

  #ended(child: Child, how: string): void {
    if (this.#stopping) {
      if (this.#children.size === 0) this.#onEmpty?.()
      return
    }
    if (!child.ready && child.crashes === 0) return
    const crashes = Date.now() - child.startedAt > HEALTHY ? 1 : child.crashes + 1
    const wait = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (crashes - 1))
    this.logger.error(
      `worker process ${String(child.index + 1)} ended with ${how}; another starts in ${String(wait)} ms`,
    )
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#launch(child.index, crashes).catch((error: unknown) => {
        this.logger.error(String(error))
      })
    }, wait)
    this.#timers.add(timer)
  }
}
