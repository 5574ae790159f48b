import { isPulsarError } from '../errors.js'
import type { Executor } from '../execution/executor.js'
import type { Logger } from '../logging/logger.js'
import { isGone } from '../stores/is-gone.js'
import { errorMessage } from '../util/thrown.js'
import type { AnsweredOutcomes } from './answered-outcomes.js'
import type { ClaimPause } from './claim-pause.js'
import type { LastCalls } from './last-calls.js'
import type { QueueLease } from './queue-lease.js'
import { SetAside } from './set-aside.js'
import type { SettleCall, Unsettled } from './settle-sender.js'
import type { UnsettledOutcomes } from './unsettled-outcomes.js'

interface RefusedParts {
  readonly executor: Executor
  readonly logger: Logger
  readonly lease: QueueLease
  readonly outcomes: UnsettledOutcomes
  readonly answers: AnsweredOutcomes
  readonly lastCalls: LastCalls
  readonly pause: ClaimPause
}

/**
 * - `dropped`: the outcomes are no longer this worker's to settle
 * - `unusable`: the queue itself cannot be used
 * - `again`: an outcome or the claim is to blame, and is tried again
 */
export type Refused = 'dropped' | 'unusable' | 'again'

/**
 * What becomes of the outcomes in a call that the store has refused for good. Created by the claim loop.
 *
 * 1. One outcome is to blame: each of the call is sent by itself. 2. One that is refused again is sent once more after a pause: what
 * every call is refused for may be over by then. 3. The task whose outcome is refused even then ends as FAILURE with the store's words.
 * 4. Where that is refused as well, the store takes nothing of this task: its outcome, and not the failure, is set aside, and tried again
 * with growing pauses.
 */
export class RefusedCalls {
  constructor(private readonly parts: RefusedParts) {}

  take({ call, batch, max }: SettleCall, refusal: unknown): Refused {
    const isClosed = isPulsarError(refusal, 'PQ_CLOSED')
    const isLeaseLost = isPulsarError(refusal, 'PQ_LEASE_LOST') || isPulsarError(refusal, 'PQ_STALE_CALL')
    // The lease of a store that is gone for good is gone with it.
    const isLost = isLeaseLost || (isGone(refusal) && !isClosed)
    if (isLost || isClosed) {
      this.parts.answers.forget(batch)
      if (isLost) this.parts.lease.lose(call.worker)
      return 'dropped'
    }
    if (call.worker !== this.parts.lease.id) {
      this.parts.lastCalls.addCall({ call, batch, max }, refusal)
      return 'dropped'
    }
    if (isPulsarError(refusal, 'PQ_HISTORY_CHANGED')) {
      this.parts.outcomes.addFirst(...batch)
      this.parts.lease.historyChanged()
      return 'again'
    }
    if (isPulsarError(refusal, 'PQ_KEY_TYPE')) {
      this.#keepForLater(batch, refusal)
      return 'unusable'
    }
    const [first] = batch
    if (first === undefined) this.parts.pause.begin('claiming failed', refusal)
    else if (batch.length > 1 || max > 0) {
      this.parts.outcomes.addFirst(...batch.map((each) => ({ ...each, stage: 'alone' as const })))
    } else if (first.stage === 'refused') this.#keepRefusing(first, refusal)
    else if (first.patience === undefined) this.#setAside([{ ...first, stage: 'alone' }])
    else this.parts.outcomes.addFirst(this.#replaced(first, errorMessage(refusal)))
    return 'again'
  }

  /** The queue is to blame, and no outcome: they wait, and other queues get the slots. */
  #keepForLater(batch: readonly Unsettled[], refusal: unknown): void {
    const isNew = batch.length === 0 || batch.some(({ patience }) => patience === undefined)
    this.#setAside(batch)
    if (isNew) this.parts.pause.begin('it cannot be used', refusal)
  }

  /** Replaces an outcome that the store refused by itself: the task ends as FAILURE; a release is tried without a delay. */
  #replaced(refused: Unsettled, words: string): Unsettled {
    const { run, end } = refused
    if (run === null || end.kind === 'release') {
      return { ...refused, original: end, end: { kind: 'release', task: end.task, delay: 0 }, stage: 'refused' }
    }
    return { ...refused, original: end, end: this.parts.executor.refused(run, words), stage: 'refused' }
  }

  /** An outcome was refused together with its replacement. Said once for each task. */
  #keepRefusing(outcome: Unsettled, refusal: unknown): void {
    if (outcome.isTold !== true) {
      const what = `task ${outcome.end.task.id} cannot be settled`
      this.parts.logger.error(`queue ${this.parts.lease.queue}: ${what}, will try again: ${errorMessage(refusal)}`)
      this.parts.pause.beginForOutcome()
    }
    this.#setAside([{ ...outcome, end: outcome.original ?? outcome.end, stage: 'alone', isTold: true }])
  }

  /** Keeps outcomes for a later try. A worker that stops gives up those that were tried often: leaving returns their tasks. */
  #setAside(batch: readonly Unsettled[]): void {
    const { state } = this.parts.lease
    const isStopped = state === 'stopping' || state === 'left'
    for (const outcome of batch) {
      if (isStopped && SetAside.isHopeless(outcome)) this.parts.answers.forget([outcome])
      else this.parts.outcomes.setAside(outcome)
    }
  }
}
