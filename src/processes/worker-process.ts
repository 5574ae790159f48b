import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'

/** Set in the environment of a worker process: which one it is. */
export const WORKER_ENV = 'PULSAR_QUEUE_WORKER'

/** What goes to a worker process. */
export type SupervisorOrder = { readonly pulsar: 'stop' } | { readonly pulsar: 'hurry' }

/** What comes from a worker process: it consumes; it cannot start; it has done its share and wants to be replaced. */
export type WorkerReport =
  | { readonly pulsar: 'ready'; readonly queues: readonly string[] }
  | { readonly pulsar: 'failed' }
  | { readonly pulsar: 'worn' }

/**
 * One worker process, as the supervisor sees it: the program that runs now, run once more with a mark in its environment.
 * `ready` and `ended` each happen once at most.
 */
export class WorkerProcess {
  readonly startedAt = performance.now()
  /** Resolves with whether it ever consumed, as soon as that is known. */
  readonly ready: Promise<boolean>
  /** Resolves with how it ended: a signal or an exit code. */
  readonly ended: Promise<string>
  readonly #child: ChildProcess
  #isReady = false
  #queues: readonly string[] = []
  #isTold = false
  #timer: NodeJS.Timeout | undefined

  /** @param number - which one it is, from 1 @param onWorn - called when it wants to be replaced */
  constructor(
    readonly number: number,
    onWorn: () => void,
  ) {
    const script = process.argv[1] ?? ''
    this.#child = fork(script, process.argv.slice(2), { env: { ...process.env, [WORKER_ENV]: String(number) } })
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        clearTimeout(this.#timer)
        resolve(signal ?? `code ${String(code ?? 0)}`)
      })
      this.#child.once('error', (error) => {
        resolve(error.message)
      })
    })
    this.ready = new Promise((resolve) => {
      void this.ended.then(() => {
        resolve(false)
      })
      this.#child.on('message', (report: WorkerReport) => {
        if (report.pulsar === 'worn') onWorn()
        if (report.pulsar !== 'ready') return
        this.#isReady = true
        this.#queues = report.queues
        resolve(true)
      })
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Whether it consumes, or did. */
  get isReady(): boolean {
    return this.#isReady
  }

  /** What it consumes, as it said when it was ready. */
  get queues(): readonly string[] {
    return this.#queues
  }

  /** Whether it was told to stop. */
  get isTold(): boolean {
    return this.#isTold
  }

  /** Tells it to drain. @param patience - ms after which it is killed */
  async stop(patience: number): Promise<void> {
    if (!this.#isTold) {
      this.#isTold = true
      this.#send({ pulsar: 'stop' })
      this.#timer = setTimeout(() => this.#child.kill('SIGKILL'), patience)
    }
    await this.ended
  }

  /** Ends its grace period now. */
  hurry(): void {
    this.#send({ pulsar: 'hurry' })
  }

  #send(order: SupervisorOrder): void {
    if (this.#child.connected) this.#child.send(order)
  }
}
