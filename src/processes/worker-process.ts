import type { ChildProcess } from 'node:child_process'
import type { WorkerFigures } from '../model/worker-figures.js'
import type { LongTimeout } from '../util/long-timeout.js'
import { longTimeout } from '../util/long-timeout.js'
import { performance } from '../util/timers.js'
import { forkScript } from '../util/fork-script.js'

/** Environment variable that marks a worker process. Its value is the number of the worker. */
export const WORKER_ENV = 'PULSAR_QUEUE_WORKER'

/** The same for the first one that a supervisor starts, which speaks for all. */
export const FIRST_WORKER_ENV = 'PULSAR_QUEUE_FIRST_WORKER'

/** An order to a worker process: to drain and end, or to end its grace period now. */
export interface SupervisorOrder {
  readonly pulsar: 'stop' | 'stop-now'
}

/** A report of a worker process: it consumes; it cannot start; it has run `maxRequests` tasks and asks for a replacement; it retires; what it says of itself. */
export type WorkerReport =
  | { readonly pulsar: 'ready'; readonly queues: readonly string[] }
  | { readonly pulsar: 'failed' }
  | { readonly pulsar: 'recycle' }
  | { readonly pulsar: 'figures'; readonly figures: WorkerFigures }
  | { readonly pulsar: 'retire' }

/** Receives the events of a {@link WorkerProcess}. */
export interface WorkerProcessListener {
  /** The process asks for a replacement. */
  onRecycle(): void
  /** An operator has stopped the process: it ends, and no other one takes its place. */
  onRetire(): void
  /** The process has not ended in the time that it had, and is killed now. */
  onOverdue(): void
}

/**
 * One worker process, as the supervisor sees it: a second run of the application's program, with a mark in its environment.
 * Created by the {@link Supervisor}. It settles `ready` and `ended` once each.
 */
export class WorkerProcess {
  readonly startedAt = performance.now()
  /** Resolves with true when the process consumes, with false when it ends before. */
  readonly ready: Promise<boolean>
  /** Resolves when the process has ended, with the signal or the exit code. */
  readonly ended: Promise<string>
  /** Resolves when the process has ended, and all of its reports are read. */
  readonly closed: Promise<void>
  readonly #child: ChildProcess
  #isReady = false
  #hasFailed = false
  #queues: readonly string[] = []
  #figures: WorkerFigures | null = null
  #isStopping = false
  #timer: LongTimeout | undefined

  /**
   * @param number - of the worker, from 1
   * @param isFirst - whether it is the first one that the supervisor starts
   */
  constructor(
    readonly number: number,
    private readonly listener: WorkerProcessListener,
    isFirst = false,
  ) {
    const script = process.argv[1] ?? ''
    const marks = { [WORKER_ENV]: String(number), ...(isFirst && { [FIRST_WORKER_ENV]: '1' }) }
    this.#child = forkScript(script, process.argv.slice(2), { env: { ...process.env, ...marks } })
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#timer?.clear()
        resolve(signal ?? `code ${String(code ?? 0)}`)
      })
      this.#child.once('error', (error) => {
        resolve(error.message)
      })
    })
    this.closed = new Promise((resolve) => {
      this.#child.once('close', () => {
        resolve()
      })
      this.#child.once('error', () => {
        resolve()
      })
    })
    this.ready = new Promise((resolve) => {
      void this.ended.then(() => {
        resolve(false)
      })
      // A job may use the connection, too.
      this.#child.on('message', (report: WorkerReport | null) => {
        if (report?.pulsar === 'failed') this.#hasFailed = true
        if (report?.pulsar === 'recycle') listener.onRecycle()
        if (report?.pulsar === 'figures') this.#figures = report.figures
        if (report?.pulsar === 'retire') listener.onRetire()
        if (report?.pulsar !== 'ready') return
        this.#isReady = true
        this.#queues = report.queues
        resolve(true)
      })
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Whether the process has reported that it consumes. */
  get isReady(): boolean {
    return this.#isReady
  }

  /** Whether the process has reported that it cannot start. Known when it is `closed`. */
  get hasFailed(): boolean {
    return this.#hasFailed
  }

  /** The queues that the process reported when it was ready. */
  get queues(): readonly string[] {
    return this.#queues
  }

  /** What the process has said of itself last; null: nothing yet. */
  get figures(): WorkerFigures | null {
    return this.#figures
  }

  /** Whether the process was told to stop. */
  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Tells the process to drain. Resolves when it has ended. @param killAfter - ms after which it is killed */
  async stop(killAfter: number): Promise<void> {
    if (!this.#isStopping) {
      this.#isStopping = true
      this.#send({ pulsar: 'stop' })
      this.#timer = longTimeout(() => {
        this.listener.onOverdue()
        this.kill()
      }, killAfter)
    }
    await this.ended
  }

  /** Ends the grace period of the process now. */
  stopNow(): void {
    this.#send({ pulsar: 'stop-now' })
  }

  /** Kills the process, which has no time to release its tasks. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #send(order: SupervisorOrder): void {
    if (this.#child.connected) this.#child.send(order)
  }
}
