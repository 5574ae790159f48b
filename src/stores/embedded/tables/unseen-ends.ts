import type { FinalState } from '../../../model/task-state.js'
import { FAILURE } from '../../../model/task-state.js'
import type { GrowingCounts } from '../../../model/run-counts.js'
import { noCounts } from '../../../model/run-counts.js'
import type { AfterCommit } from '../database/transaction-queue.js'
import type { Store } from '../store.js'
import { addJob, addToSeries, WHOLE_QUEUE } from './series-rows.js'

/**
 * Ends in one transaction that no worker sees: those of tasks that were revoked, or that have crashed their workers too often. They are
 * added to the series after the commit. The series are for looking only: where that fails, the tasks have ended all the same.
 */
export class UnseenEnds {
  #byJob: Map<string, GrowingCounts> | null = null

  constructor(
    private readonly store: Store,
    /** Key of the queue in leases.db. */
    private readonly queue: string,
    private readonly now: number,
    private readonly afterCommit: AfterCommit,
  ) {}

  add(job: string, status: FinalState): void {
    if (this.#byJob === null) {
      this.#byJob = new Map()
      this.afterCommit(() => {
        void this.#write()
      })
    }
    const counts = this.#byJob.get(job) ?? noCounts()
    this.#byJob.set(job, counts)
    counts[status === FAILURE ? 'failed' : 'revoked'] += 1
  }

  async #write(): Promise<void> {
    try {
      const { metrics } = this.store
      await metrics.write(() => {
        for (const [job, counts] of this.#byJob ?? []) {
          addJob(metrics, this.queue, job, counts, this.now)
          addToSeries(metrics, this.queue, WHOLE_QUEUE, counts, this.now)
        }
      })
    } catch {
      // As above.
    }
  }
}
