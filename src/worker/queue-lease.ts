import { randomBytes } from 'node:crypto'
import { isPulsarError, LeaseLostError } from '../errors.js'
import type { Logger } from '../logging/logger.js'
import { workerId } from '../model/worker-id.js'
import { OutageLog } from '../logging/outage-log.js'
import { isPassing } from '../stores/is-passing.js'
import type { Broker, WorkerNotice } from '../stores/broker.js'
import { allSteps } from '../util/all-steps.js'
import { Backoff } from '../util/backoff.js'
import { sharedClock } from '../util/clock.js'
import type { Subscription } from '../util/subscription.js'
import { errorMessage } from '../util/thrown.js'
import type { ConsumerEvent, ConsumerState } from './consumer-state.js'
import { TRANSITIONS } from './consumer-state.js'
import type { Heartbeat } from './heartbeat.js'
import type { Slots } from './slots.js'
import { pause, performance } from '../util/timers.js'

/** The parts of a {@link QueueLease}. */
export interface LeaseParts {
  readonly broker: Broker
  readonly heartbeat: Heartbeat
  readonly logger: Logger
  readonly slots: Slots
  readonly workerName: string
  /** ms */
  readonly leaseTtl: number
}

/** Receives the events of a {@link QueueLease}. */
export interface LeaseListener {
  /** The queue can be claimed from. */
  joined(): void
  /**
   * The lease was lost or left, and with it all tasks that were claimed under it.
   *
   * @param seq - number of the last call under it
   * @param wasAdopting - whether the store, whose history has changed, was being told what the worker holds, and has not answered
   */
  ended(why: 'lost' | 'left', worker: string, seq: number, wasAdopting: boolean): void
  /** @returns resolves when a large outcome that is on its way under a former id is answered; null: none is */
  whenLargeTold(worker: string): Promise<void> | null
  /** Has the store record what had ended under a former id. @throws what the broker throws */
  tellLast(worker: string): Promise<void>
  /** What had ended under former ids is told no more. */
  forgetLast(): void
  /** The store has sent a notice to the present id. */
  notified(notice: WorkerNotice): void
  /** A call was refused, since the store's history is another one than that of the lease. */
  historyChanged(): void
}

interface Grant {
  readonly id: string
  /** When the join was sent, on the shared clock: the lease counts from there. */
  readonly sentAt: number
}

/** About the first and the longest wait of a consumer before it tries again to join, ms. */
const FIRST_RETRY = 200
const LONGEST_RETRY = 5_000

/**
 * The lease of one worker on one queue, and the state that the consumer is in. Created by the `QueueConsumer`.
 *
 * 1. `join()` asks the store for a lease under a new id. The time of one id is an epoch; no id is used twice. 2. `lose()`
 * ends the epoch: the store is told what has ended under the old id, and to leave it, which releases its tasks, and a new id joins.
 * 3. After `stop()` no id joins. 4. `leave()` leaves the present id, and all former ids that have not been left yet. It asks a store
 * that does not answer once.
 */
export class QueueLease {
  /**
   * Whether the store, whose history has changed, is being told what the worker holds. Until it has answered, no other call is sent,
   * and no claimed task starts: another worker may hold it by now.
   */
  isAdopting = false
  #state: ConsumerState = 'joining'
  #id: string | null = null
  #epoch = 0
  #seq = 0
  /** Former ids that may still have tasks or a lease in the store, and have to be left. */
  readonly #abandoned = new Set<string>()
  /** Of former ids under which a large outcome is on its way. They are left when that is answered, and no join waits for it. */
  readonly #telling = new Set<Promise<void>>()
  #isRecovering = false
  readonly #retries = new Backoff(FIRST_RETRY, LONGEST_RETRY)
  readonly #outage: OutageLog
  /** Local time at which the lease was lost, ms; null: it is not, or has been made anew. */
  #lostAt: number | null = null
  #recovery: Promise<void> = Promise.resolve()
  readonly #leaving = new AbortController()
  #subscription: Subscription | null = null

  constructor(
    private readonly parts: LeaseParts,
    readonly queue: string,
    private readonly listener: LeaseListener,
  ) {
    this.#outage = new OutageLog(parts.logger, this.#joinedAgain, 'error')
  }

  get #joinedAgain(): string {
    return `queue ${this.queue} is joined again`
  }

  get state(): ConsumerState {
    return this.#state
  }

  /** The id under which the store knows this worker; null while it has no lease. */
  get id(): string | null {
    return this.#id
  }

  /** ms */
  get ttl(): number {
    return this.parts.leaseTtl
  }

  /** Looks whether the lease is over by now, which ends it, and then calls `then`. */
  look(then: () => void): void {
    this.parts.heartbeat.look(this.#id ?? '', then)
  }

  /** The number of the next call under the present id. */
  nextSeq(): number {
    return ++this.#seq
  }

  /** Joins for the first time. @throws what the broker throws when it cannot be reached */
  async join(): Promise<void> {
    const asked = this.#askForLease()
    this.#recovery = asked.then(
      () => undefined,
      () => undefined,
    )
    this.#take(await asked)
    if (this.#abandoned.size > 0) this.#recover()
  }

  /**
   * Ends the epoch of the present id. Does nothing for any other id. The tasks are released at once: this process has
   * stopped running them, so nobody need wait for a reclaim.
   */
  lose(id: string): void {
    if (id !== this.#id) return
    this.#move('lost')
    this.#lostAt ??= performance.now()
    this.#end(id, 'lost')
    this.#recover()
  }

  /**
   * Leaves a former id once more: a late claim has brought tasks, or the store has forgotten that it was left. In a consumer that left,
   * `leave()` does so.
   */
  release(id: string): void {
    this.#abandoned.add(id)
    this.#recover()
  }

  /** The store has made the lease anew. @param sentAt - when it was asked to, on the shared clock */
  adopted(sentAt: number): void {
    if (this.#id === null) return
    this.#seq = 0
    this.parts.heartbeat.add(this.queue, this.#id, sentAt)
  }

  /** Tells the store the present number of slots: who looks at the queue, and who offers permits, sees it. A failure changes nothing else. */
  resized(): void {
    const { broker, slots, leaseTtl, logger } = this.parts
    if (this.#id === null) return
    broker.join(this.queue, { id: this.#id, slots: slots.offered, leaseTtl }).catch((error: unknown) => {
      // Then the number is told with what the worker holds.
      if (isPulsarError(error, 'PQ_HISTORY_CHANGED')) return
      logger.warn(`queue ${this.queue} was not told the number of slots: ${errorMessage(error)}`)
    })
  }

  /** A call was refused, since the store's history is another one than that of the lease. */
  historyChanged(): void {
    this.listener.historyChanged()
  }

  /** From now on no lease is asked for. The present lease stays. */
  stop(): void {
    this.#move('stop')
  }

  /** Leaves the present id and all former ones. May be repeated: it then leaves the ids that were abandoned since. */
  async leave(): Promise<void> {
    this.#move('leave')
    this.#leaving.abort()
    if (this.#id !== null) this.#end(this.#id, 'left')
    await Promise.all(this.#telling)
    // A join that is under way would make a lease after the leave.
    await this.#recovery
    await allSteps(
      () => this.#subscription?.close(),
      () =>
        this.#leaveAbandoned().catch((error: unknown) => {
          this.#giveUp(error)
        }),
    )
  }

  /** Leaves the ids to the reclaimers of other workers: a store that has not answered once is not waited for again. */
  #giveUp(refusal: unknown): void {
    this.#abandoned.clear()
    this.listener.forgetLast()
    this.parts.logger.warn(`queue ${this.queue} could not be left in good order: ${errorMessage(refusal)}`)
  }

  #move(event: ConsumerEvent): void {
    this.#state = TRANSITIONS[this.#state][event]
  }

  /** Reads the state anew: an event may have changed it during an await, which the compiler does not see. */
  #is(state: ConsumerState): boolean {
    return this.#state === state
  }

  #end(id: string, why: 'lost' | 'left'): void {
    this.#id = null
    const wasAdopting = this.isAdopting
    this.isAdopting = false
    this.parts.heartbeat.remove(this.queue, id)
    this.listener.ended(why, id, this.#seq, wasAdopting)
    const told = this.listener.whenLargeTold(id)
    if (told === null) {
      this.#abandoned.add(id)
      return
    }
    const telling = told.then(() => {
      this.#telling.delete(telling)
      this.#abandoned.add(id)
      this.#recover()
    })
    this.#telling.add(telling)
  }

  /** Leaves abandoned ids and joins anew, until both are done. One loop at a time: it also sees ids that are added meanwhile. */
  #recover(): void {
    if (this.#isRecovering) return
    this.#isRecovering = true
    this.#recovery = this.#untilRecovered()
  }

  async #untilRecovered(): Promise<void> {
    while (!this.#is('left') && (this.#abandoned.size > 0 || this.#is('joining'))) {
      const answer = await this.#attempt()
      if ('grant' in answer) this.#take(answer.grant)
      else await this.#pauseAfter(answer.refusal)
    }
    this.#isRecovering = false
  }

  async #attempt(): Promise<{ readonly grant: Grant | null } | { readonly refusal: unknown }> {
    try {
      // First: the old tasks run no more in this live process, so they need not wait for a reclaim, nor become suspects.
      await this.#leaveAbandoned()
      return { grant: await this.#askForLease() }
    } catch (error) {
      return { refusal: error }
    }
  }

  async #pauseAfter(refusal: unknown): Promise<void> {
    if (this.#is('left') && isPassing(refusal)) {
      this.#giveUp(refusal)
      return
    }
    const ms = this.#retries.failed()
    this.#outage.failed(`queue ${this.queue} could not be joined, will try again: ${errorMessage(refusal)}`)
    const { signal } = this.#leaving
    // leave() ends the pause early.
    await pause(ms, signal)
  }

  /** @returns null when the consumer was stopped before the lease was asked for */
  async #askForLease(): Promise<Grant | null> {
    const { broker, slots, leaseTtl, workerName } = this.parts
    await this.#subscription?.close()
    if (!this.#is('joining')) return null
    const id = workerId(workerName, randomBytes(4).toString('hex'), ++this.#epoch)
    this.#subscription = await broker.openWorker(this.queue, id, (notice) => {
      if (id === this.#id) this.listener.notified(notice)
    })
    if (!this.#is('joining')) return null
    // The id counts as abandoned until the lease is granted: a join whose reply is lost may have made one.
    this.#abandoned.add(id)
    const sentAt = sharedClock()
    const answer = await broker.join(this.queue, { id, slots: slots.offered, leaseTtl })
    if (answer === 'lost') throw new LeaseLostError(this.queue, id)
    return { id, sentAt }
  }

  /** One line, where a loss or a failed join was told before. */
  #tellReturn(): void {
    const lostAt = this.#lostAt
    this.#lostAt = null
    if (lostAt !== null && !this.#outage.isFailing('')) {
      const seconds = Math.round((performance.now() - lostAt) / 1_000)
      this.parts.logger.info(this.#joinedAgain, { seconds })
    }
    this.#outage.succeeded()
  }

  /** Starts an epoch, unless the consumer was stopped during the join: then the new id stays abandoned. */
  #take(grant: Grant | null): void {
    if (grant === null || !this.#is('joining')) return
    this.#abandoned.delete(grant.id)
    this.#id = grant.id
    this.#seq = 0
    this.#retries.succeeded()
    this.#tellReturn()
    this.parts.heartbeat.add(this.queue, grant.id, grant.sentAt)
    this.#move('joined')
    this.listener.joined()
  }

  async #leaveAbandoned(): Promise<void> {
    for (const id of this.#abandoned) {
      await this.#tellLast(id)
      // Deleted before the call: release() may add the id again while the call is under way, and then it is left again.
      this.#abandoned.delete(id)
      try {
        await this.parts.broker.leave(this.queue, id)
      } catch (error) {
        // The iteration comes to it once more. A store with another history is told first what it may have forgotten.
        this.#abandoned.add(id)
        if (!isPulsarError(error, 'PQ_HISTORY_CHANGED')) throw error
      }
    }
  }

  /** A store that is full when the worker leaves is told no more: it still takes tasks back. */
  async #tellLast(id: string): Promise<void> {
    try {
      await this.listener.tellLast(id)
    } catch (error) {
      if (!this.#is('left') || isPulsarError(error, 'PQ_BROKER_UNREACHABLE')) throw error
      this.listener.forgetLast()
    }
  }
}
