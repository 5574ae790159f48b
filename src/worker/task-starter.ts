import type { Executor } from '../execution/executor.js'
import type { RunEnd } from '../execution/run-end.js'
import type { Run, RunHooks } from '../execution/run.js'
import { performance, systemTime } from '../util/timers.js'
import type { ClaimAhead } from './claim-ahead.js'
import { SHORT_RUN } from './claim-ahead.js'
import type { ConcurrencyLimiter } from './concurrency-limiter.js'
import type { ConsumerObserver } from './consumer-observer.js'
import type { ClaimedBatch, HeldTask } from './held-tasks.js'
import { HeldTasks } from './held-tasks.js'
import { LoopTimer } from './loop-timer.js'
import { PresentRuns } from './present-runs.js'
import type { QueueLease } from './queue-lease.js'
import type { Slots } from './slots.js'
import type { UnsettledOutcomes } from './unsettled-outcomes.js'

/** The parts of a {@link TaskStarter}. */
export interface StarterParts {
  readonly executor: Executor
  readonly limiter: ConcurrencyLimiter
  /** Shared with the worker's other queues. */
  readonly slots: Slots
  readonly observer: ConsumerObserver
}

/** The claim loop, as its {@link TaskStarter} sees it. */
export interface StarterLoop {
  /** Uses a slot that a claim under way has reserved. @returns whether there was one */
  useReserved(): boolean
  /** A slot is about to become free, or the store no longer lists this worker as idle: claim again. */
  claimAgain(): void
  /** A run has ended, and its slot is free. @param isLast - whether it was the last one of its claim */
  ended(isLast: boolean): void
  /** Held tasks were released. */
  released(): void
  /** Whether a call under way may bring tasks. */
  readonly isClaiming: boolean
}

/** Time between two looks at the tasks that are held and have not started, ms. */
const HELD_LOOK = 5

/**
 * Starts the claimed tasks of one queue as there are free slots, if the consumer still consumes under the id that claimed them, and
 * takes the ends of their runs. What has not started after a few milliseconds is released, and no run counts. Created by the claim
 * loop.
 *
 * Released tasks go to the front of their queue. So they are released together, and while no claim is under way: what that brings was
 * queued later, and would start, or go to the front, before them.
 */
export class TaskStarter {
  readonly runs = new PresentRuns()
  readonly held = new HeldTasks()
  readonly #heldLooks = new LoopTimer(HELD_LOOK, () => this.#releaseStale())
  #isStarting = false
  /** Whether the heartbeat looks if the lease is over. */
  #isLooking = false
  /** Whether tasks of a hand-off came meanwhile. */
  #wasHanded = false
  /** When tasks were last taken in, or started behind a run that was not short, by `performance.now()`. */
  #seenAt = performance.now()
  /** Which held tasks go back as soon as no claim is under way. */
  #releases: 'none' | 'stale' | 'all' = 'none'
  #hooks: { readonly worker: string; readonly hooks: RunHooks } | null = null

  constructor(
    private readonly parts: StarterParts,
    private readonly lease: QueueLease,
    private readonly outcomes: UnsettledOutcomes,
    private readonly ahead: ClaimAhead,
    private readonly loop: StarterLoop,
  ) {}

  /**
   * Starts held tasks, as {@link start} does. Where nothing was heard here for as long as a lease lasts, the process may have stood still:
   * then it is looked first whether the tasks are still this worker's. An idle worker does not notice that.
   */
  startAfterWait(isHanded = false): void {
    const now = performance.now()
    const hasWaited = now - this.#seenAt > this.lease.ttl
    this.#seenAt = now
    if (!hasWaited && !this.#isLooking) {
      this.start(isHanded)
      return
    }
    this.#wasHanded ||= isHanded
    if (this.#isLooking) return
    this.#isLooking = true
    this.lease.look(() => {
      this.#isLooking = false
      const wasHanded = this.#wasHanded
      this.#wasHanded = false
      this.start(wasHanded)
    })
  }

  /**
   * Starts held tasks while there are free slots.
   *
   * @param isHanded - for tasks of a hand-off. The claim that is under way, which has listed this worker as idle, brings fewer
   *   tasks than it has reserved slots for
   */
  start(isHanded = false): void {
    const { slots } = this.parts
    // A run that ends at once comes back here from the loop below.
    if (this.#isStarting || this.#isLooking) return
    if (slots.isQuiet) {
      this.releaseHeld()
      return
    }
    this.#isStarting = true
    while (this.held.count > 0) {
      // The end of a run may end the lease, or the use of it.
      const { id } = this.lease
      if (id === null || this.lease.state !== 'consuming' || this.lease.isAdopting) break
      if (slots.reserve(1) === 0 && !(isHanded && this.loop.useReserved())) break
      const held = this.held.next()
      if (held !== undefined) this.#begin(held, id)
    }
    this.#isStarting = false
    if (this.held.count > 0) this.#heldLooks.start()
    else if (this.#releases === 'stale') this.#releases = 'none'
  }

  /** Returns all tasks that have not started to their queue, and those of the claims that are under way. */
  releaseHeld(): void {
    this.#releases = 'all'
    this.releaseWhenAnswered()
  }

  /** Returns what is to be released. To be called when a claim was answered, too. */
  releaseWhenAnswered(): void {
    if (this.#releases === 'none' || this.loop.isClaiming) return
    const released = this.#releases === 'all' ? this.held.clear() : this.held.takeStale()
    this.#releases = 'none'
    for (const { claimed } of released) this.#settle(null, { kind: 'release', task: claimed, delay: 0 })
  }

  /** Aborts all runs and forgets held tasks: they are no longer this worker's. */
  abandon(why: 'lease-lost' | 'shutdown'): void {
    for (const run of [...this.runs]) run.abort(why)
    this.runs.clear()
    this.held.clear()
    this.#releases = 'none'
  }

  /** Releases held tasks that do not start: runs are longer than it seemed. @returns whether any are left */
  #releaseStale(): boolean {
    if (this.held.grow()) {
      this.ahead.holdBack()
      if (this.#releases === 'none') this.#releases = 'stale'
      this.releaseWhenAnswered()
      this.loop.claimAgain()
    }
    this.loop.released()
    return this.held.count > 0
  }

  #begin({ claimed, batch }: HeldTask, worker: string): void {
    const { executor, limiter } = this.parts
    const run = executor.runOf(this.lease.queue, claimed, this.#hooksOf(worker))
    const limit = executor.limitOf(run)
    // A limited run may wait for its permit, so nothing may wait for its slot.
    if (limit !== null) this.ahead.holdBack()
    this.runs.add(run)
    const end = limiter.execute(executor, run, limit)
    if ('kind' in end) this.#ended(run, batch, end)
    else
      void end.then((later) => {
        this.#ended(run, batch, later)
      })
  }

  #hooksOf(worker: string): RunHooks {
    if (this.#hooks?.worker !== worker) {
      const { observer } = this.parts
      const hooks: RunHooks = {
        onBegin: (begun) => {
          observer.started(begun)
        },
        onProgress: async (of, value) => {
          await observer.progressed(of, worker, value)
        },
      }
      this.#hooks = { worker, hooks }
    }
    return this.#hooks.hooks
  }

  #ended(run: Run, batch: ClaimedBatch, end: RunEnd): void {
    const { slots, limiter, observer } = this.parts
    batch.left -= 1
    this.ahead.ended()
    if (run.startedAt > 0) run.took = Math.max(0, systemTime() - run.startedAt)
    const isShort = run.took <= SHORT_RUN
    if (!isShort) this.ahead.holdBack()
    const isOurs = this.runs.delete(run)
    const why = run.abortReason?.why
    const isGone = why === 'revoked' || why === 'lease-lost'
    if (isOurs && !isGone) this.#settle(run, end)
    else limiter.settled(run, false)
    if (this.lease.state === 'consuming') this.loop.claimAgain()
    slots.release(1)
    // First the queues that have waited longer than this one.
    if (slots.isWantedBesides(this.loop)) observer.slotsFreed()
    else if (isShort) this.start()
    else this.startAfterWait()
    this.loop.ended(batch.left === 0)
  }

  #settle(run: Run | null, end: RunEnd): void {
    this.outcomes.add({ run, end, stage: 'together' })
  }
}
