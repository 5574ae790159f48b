import type { WorkerProcess } from '../model/worker-order.js'
import { performance } from '../util/timers.js'
import { askWorker } from './ask-worker.js'
import type { ControlParts } from './control-parts.js'
import { offersNoSlot, withStatus } from './list-workers.js'
import type { WorkerOverview, WorkerStatus } from './looks.js'
import { userAtHost } from './run-act.js'

/** Time for which what a worker has said is not asked for again, ms, and for which it is shown. */
const FRESH = 10_000
const KEPT = 120_000
/** Time in which it answers, ms. */
const PATIENCE = 1_000

interface Kept {
  readonly askedAt: number
  readonly status: WorkerStatus | null
}

/** What workers say of their processes. Created by the control: those who look share it, so that no worker is asked for each of them. */
export class WorkerStatuses {
  readonly #kept = new Map<string, Kept>()

  constructor(private readonly parts: ControlParts) {}

  /** The workers with what they say of themselves. @param most - how many are asked now: those that were not asked for longest */
  async of(workers: readonly WorkerOverview[], most: number): Promise<WorkerOverview[]> {
    const now = performance.now()
    for (const [name, { askedAt }] of this.#kept) if (now - askedAt > KEPT) this.#kept.delete(name)
    const askedAt = ({ name }: WorkerOverview): number => this.#kept.get(name)?.askedAt ?? -Infinity
    const isDue = (worker: WorkerOverview): boolean => now - askedAt(worker) > FRESH || this.#isOutdated(worker)
    const due = workers.filter((worker) => worker.state !== 'lost' && isDue(worker))
    const asked = due.sort((a, b) => askedAt(a) - askedAt(b)).slice(0, most)
    await Promise.all(
      asked.map(async (worker) => {
        const before = this.#kept.get(worker.name)?.status ?? null
        this.#kept.set(worker.name, { askedAt: now, status: before })
        this.#kept.set(worker.name, { askedAt: now, status: await this.#ask(worker) })
      }),
    )
    return this.known(workers)
  }

  /** The workers with what they have said last. */
  known(workers: readonly WorkerOverview[]): WorkerOverview[] {
    return workers.map((worker) => withStatus(worker, this.#kept.get(worker.name)?.status ?? null))
  }

  /** Whether a worker was told to be quiet, or to go on, since it was asked: the store knows it by the slots that it offers. */
  #isOutdated({ name, queues }: WorkerOverview): boolean {
    const status = this.#kept.get(name)?.status ?? null
    return status !== null && status.quiet !== offersNoSlot(queues)
  }

  /** Null: it does not answer, or is of a version that says nothing of that. */
  async #ask({ queues }: WorkerOverview): Promise<WorkerStatus | null> {
    const question = { order: { act: 'describe', job: '' }, by: userAtHost(), patience: PATIENCE } as const
    const answer = await askWorker(this.parts, queues, question)
    if (typeof answer === 'string' || answer.description?.process === undefined) return null
    const { version, isQuiet, process } = answer.description
    return statusOf(process, version, isQuiet)
  }
}

function statusOf({ now, startedAt, ...process }: WorkerProcess, version: string | null, quiet: boolean): WorkerStatus {
  return { ...process, startedAt: startedAt ?? null, version: version ?? 'unknown', quiet, at: now }
}
