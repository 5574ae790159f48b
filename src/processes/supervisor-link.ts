import type { SupervisorOrder, WorkerReport } from './worker-process.js'
import { WORKER_ENV } from './worker-process.js'

/** The supervisor, as one of its worker processes sees it. */
export class ParentProcess {
  static #exists = false

  /** Whether this process is a worker process. */
  static get exists(): boolean {
    return ParentProcess.#exists
  }

  private constructor(private readonly send: (report: WorkerReport) => void) {}

  /** Null when this is no worker process. */
  static find(): ParentProcess | null {
    if (process.env[WORKER_ENV] === undefined || process.send === undefined) return null
    ParentProcess.#exists = true
    // What this process starts is no worker process.
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the name is a constant
    delete process.env[WORKER_ENV]
    return new ParentProcess((report) => {
      if (process.connected) process.send?.(report)
    })
  }

  /** Tells that this process consumes. @param queues - which ones */
  ready(queues: readonly string[]): void {
    this.send({ pulsar: 'ready', queues })
  }

  /** Tells that this process has done its share: it goes on until another has taken its place. */
  worn(): void {
    this.send({ pulsar: 'worn' })
  }

  /** Tells, and says on stderr, why this process cannot start. */
  failed(error: unknown): void {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    this.send({ pulsar: 'failed' })
  }

  /** Obeys the parent; one that is gone has said `stop`. */
  onOrder(listener: (order: SupervisorOrder['pulsar']) => void): void {
    process.on('message', (order: SupervisorOrder) => {
      listener(order.pulsar)
    })
    process.once('disconnect', () => {
      listener('stop')
    })
  }
}
