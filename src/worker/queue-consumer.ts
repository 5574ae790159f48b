import { isPulsarError } from '../errors.js'
import type { Run } from '../execution/run.js'
import { OutageLog } from '../logging/outage-log.js'
import { REVOKED } from '../model/task-state.js'
import { allEnded } from '../util/all-ended.js'
import { allSteps } from '../util/all-steps.js'
import { errorMessage } from '../util/thrown.js'
import { Adoption } from './adoption.js'
import type { ClaimLoopParts } from './claim-loop.js'
import { ClaimLoop } from './claim-loop.js'
import type { PresentRuns } from './present-runs.js'
import type { LeaseParts } from './queue-lease.js'
import { QueueLease } from './queue-lease.js'

/** The parts of a {@link QueueConsumer}. */
export type ConsumerParts = LeaseParts & ClaimLoopParts

/**
 * One queue of one worker: a lease and a claim loop. Created by the `Worker`.
 *
 * 1. `start()` joins the queue. 2. The loop claims, runs and settles. 3. When the lease is lost, all runs are aborted, and
 * the queue is joined anew under another id. 4. `stop()` claims no more, and resolves when all runs have ended. `leave()`
 * aborts and releases the tasks that still run.
 */
export class QueueConsumer {
  readonly #lease: QueueLease
  readonly #loop: ClaimLoop
  readonly #adoption: Adoption
  readonly #heldOutage: OutageLog

  constructor(
    private readonly parts: ConsumerParts,
    readonly queue: string,
  ) {
    this.#lease = new QueueLease(parts, queue, {
      joined: () => {
        this.#loop.look()
      },
      ended: (why, worker, seq, wasAdopting) => {
        if (why === 'lost') this.#warnOfLoss()
        this.#loop.abandon(why === 'lost' ? 'lease-lost' : 'shutdown', { worker, seq, wasAdopting })
      },
      whenLargeTold: (worker) => this.#loop.whenLargeTold(worker),
      tellLast: (worker) => this.#loop.tellLast(worker),
      forgetLast: () => {
        this.#loop.forgetLast()
      },
      notified: (notice) => {
        this.#loop.notified(notice)
      },
      historyChanged: () => {
        this.#adoption.begin()
      },
    })
    this.#loop = new ClaimLoop(parts, this.#lease)
    this.#adoption = new Adoption(parts, this.#lease, this.#loop)
    this.#heldOutage = new OutageLog(parts.logger, `queue ${queue}: running tasks are checked again`)
  }

  get runs(): PresentRuns {
    return this.#loop.runs
  }

  /** The id under which the store knows this worker now; null while it has no lease. */
  get worker(): string | null {
    return this.#lease.id
  }

  /** @throws what the broker throws when it cannot be reached */
  async start(): Promise<void> {
    await this.#lease.join()
  }

  /** Settles and claims soon. Does nothing when there is nothing to do. Several calls in one turn of the event loop count as one. */
  pump(): void {
    this.#loop.pump()
  }

  /** As of the {@link ClaimLoop}. */
  sendScheduled(): void {
    this.#loop.sendScheduled()
  }

  /** Claims as soon as there is a free slot. */
  look(): void {
    this.#loop.look()
  }

  /** The slots of the worker are quiet, or are so no more. */
  quiet(isQuiet: boolean): void {
    this.#lease.resized()
    if (isQuiet) this.#loop.quiet()
    else this.#loop.look()
  }

  /** The worker has another number of slots. */
  resized(): void {
    this.#lease.resized()
    this.#loop.resized()
  }

  /** Claims once more. Resolves when the queue had no ready task and nothing runs here, or when the consumer stops. */
  async whenIdle(): Promise<void> {
    await this.#loop.whenIdle()
  }

  /** Claims no more. Resolves when nothing runs and everything is settled. */
  async stop(): Promise<void> {
    this.#lease.stop()
    await this.#loop.whenSettled()
  }

  /** Aborts and releases the tasks that still run; no run counts. Resolves when no call is under way any more. */
  async leave(): Promise<void> {
    this.#adoption.close()
    const left = this.#lease.leave()
    this.#loop.abandon('shutdown', null)
    await allSteps(
      () => allEnded([left, this.#loop.whenAnswered()]),
      // Releases the tasks of a claim that was answered while the lease was being left.
      () => this.#lease.leave(),
    )
  }

  /** Called by the heartbeat when the lease of an id is lost. Its tasks are released, unless other workers have them already. */
  lost(worker: string): void {
    this.#lease.lose(worker)
  }

  /** Asks the store whether long runs are still this worker's: the notice of a revocation may have been lost. Never rejects. */
  async checkHeld(startedBefore: number): Promise<void> {
    const worker = this.#lease.id
    const old = [...this.runs].filter((run) => run.startedAt > 0 && run.startedAt < startedBefore)
    if (worker === null || old.length === 0 || this.#lease.isAdopting) return
    try {
      await this.#abortGone(worker, old)
      this.#heldOutage.succeeded()
    } catch (error) {
      // The worker tells the new store first what it holds.
      if (isPulsarError(error, 'PQ_HISTORY_CHANGED')) {
        this.#lease.historyChanged()
        return
      }
      const what = `queue ${this.queue}: whether running tasks are still held could not be checked`
      this.#heldOutage.failed(`${what}: ${errorMessage(error)}`)
    }
  }

  /** Aborts those of the runs that the store says are no longer this worker's. */
  async #abortGone(worker: string, runs: readonly Run[]): Promise<void> {
    const held = await this.parts.broker.held(
      this.queue,
      worker,
      runs.map((run) => ({ id: run.claimed.id, fence: run.claimed.fence })),
    )
    // A run that has ended during the question is no longer held, and that is right.
    const isRunning = (run: Run): boolean => worker === this.#lease.id && this.runs.has(run)
    const gone = runs.filter((run, i) => held[i] === false && isRunning(run))
    if (gone.length === 0) return
    const records = await this.parts.broker.get(
      this.queue,
      gone.map((run) => run.claimed.id),
    )
    gone.forEach((run, i) => {
      if (isRunning(run)) run.abort(records[i]?.header.status === REVOKED ? 'revoked' : 'lease-lost')
    })
  }

  #warnOfLoss(): void {
    const running = String(this.runs.size)
    this.parts.logger.warn(`the lease on queue ${this.queue} was lost; its ${running} running tasks are aborted here`)
  }
}
