import type { WorkerFigures } from '../model/worker-figures.js'
import { OrphanWatch } from '../util/orphan-watch.js'
import type { SupervisorOrder, WorkerReport } from './worker-process.js'
import { FIRST_WORKER_ENV, WORKER_ENV } from './worker-process.js'
import { errorMessage } from '../util/thrown.js'

/**
 * The connection of a worker process to its supervisor. A worker process does not outlive its supervisor for longer than the
 * time that `allow()` gives it, whatever its jobs do.
 */
export class SupervisorLink {
  static #isAdopted = false

  /** Whether this process is a worker process. */
  static get isWorkerProcess(): boolean {
    return SupervisorLink.#isAdopted || isMarked()
  }

  static #isFirst = false

  /** Whether this process logs what concerns all processes of the program: it is no worker process, or the first one. */
  static get speaksForAll(): boolean {
    return !SupervisorLink.isWorkerProcess || SupervisorLink.#isFirst || isFirst()
  }

  private constructor(
    private readonly watch: OrphanWatch,
    private readonly send: (report: WorkerReport) => void,
  ) {}

  /**
   * Makes this process the worker process that its supervisor started: the mark is taken out of the environment, since the
   * processes that this one starts are no worker processes. Once a process.
   *
   * @returns null where no supervisor started this process
   */
  static adopt(): SupervisorLink | null {
    if (!isMarked()) return null
    SupervisorLink.#isAdopted = true
    SupervisorLink.#isFirst = isFirst()
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the names are constants
    for (const name of [WORKER_ENV, FIRST_WORKER_ENV]) delete process.env[name]
    return new SupervisorLink(OrphanWatch.start(), (report) => {
      if (process.connected) process.send?.(report)
    })
  }

  /** Sets the times of {@link OrphanWatch.allow}. Before, this process ends as soon as its supervisor is gone. */
  allow(toHear: number, toEnd: number): void {
    this.watch.allow(toHear, toEnd)
  }

  /** Tells the supervisor that this process consumes. @param queues - the queues that it consumes */
  ready(queues: readonly string[]): void {
    this.send({ pulsar: 'ready', queues })
  }

  /** Tells the supervisor what this process says of itself. */
  tell(figures: WorkerFigures): void {
    this.send({ pulsar: 'figures', figures })
  }

  /** Asks for a replacement. This process goes on until the replacement consumes. */
  recycle(): void {
    this.send({ pulsar: 'recycle' })
  }

  /** Asks to be stopped, and not to be replaced. */
  retire(): void {
    this.send({ pulsar: 'retire' })
  }

  /** Tells the supervisor, and stderr, why this process cannot start. */
  failed(error: unknown): void {
    process.stderr.write(`${errorMessage(error)}\n`)
    this.send({ pulsar: 'failed' })
  }

  /** Calls back for each order of the supervisor. A supervisor that is gone, or was gone before, counts as the order `stop`. */
  onOrder(listener: (order: SupervisorOrder['pulsar']) => void): void {
    const hear = (order: SupervisorOrder['pulsar']): void => {
      this.watch.heard()
      listener(order)
    }
    process.on('message', (order: SupervisorOrder) => {
      hear(order.pulsar)
    })
    process.once('disconnect', () => {
      hear('stop')
    })
    // Node reports the end of a connection once, which may have been while this program was loaded.
    if (!process.connected) hear('stop')
  }
}

function isMarked(): boolean {
  return process.env[WORKER_ENV] !== undefined && process.send !== undefined
}

function isFirst(): boolean {
  return process.env[FIRST_WORKER_ENV] !== undefined
}
