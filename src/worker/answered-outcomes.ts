import type { Verdict } from '../stores/broker.js'
import { errorMessage } from '../util/thrown.js'
import type { ConcurrencyLimiter } from './concurrency-limiter.js'
import type { ConsumerObserver } from './consumer-observer.js'
import type { Unsettled } from './settle-sender.js'

interface AnsweredParts {
  readonly limiter: ConcurrencyLimiter
  readonly observer: ConsumerObserver
}

/** Tells whom the end of a run concerns whether the store has recorded it. Created by the claim loop. */
export class AnsweredOutcomes {
  constructor(private readonly parts: AnsweredParts) {}

  /** The store has answered. @param verdicts - in the order of the outcomes */
  take(batch: readonly Unsettled[], verdicts: readonly Verdict[]): void {
    for (let i = 0; i < batch.length; i += 1) {
      const outcome = batch[i]
      if (outcome !== undefined) this.#take(outcome, verdicts[i] ?? 'unknown')
    }
  }

  /** The store will not record the outcomes. Releases the permits of their runs. */
  forget(batch: readonly Unsettled[]): void {
    for (const { run } of batch) if (run !== null) this.parts.limiter.settled(run, false)
  }

  #take({ run, end }: Unsettled, verdict: Verdict): void {
    if (run === null) return
    this.parts.limiter.settled(run, verdict === 'recorded')
    if (verdict !== 'recorded') {
      run.logger.warn(`the outcome of the run was refused as ${verdict}: the task is no longer this worker's`)
      return
    }
    try {
      this.parts.observer.settled(run, end)
    } catch (error) {
      run.logger.error(`the end of the task could not be announced: ${errorMessage(error)}`)
    }
  }
}
