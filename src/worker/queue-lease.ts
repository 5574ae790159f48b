import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { LeaseLostError } from '../errors.js'
import type { Logger } from '../logging/logger.js'
import type { Broker, WorkerNotice } from '../stores/broker.js'
import { Backoff } from '../util/backoff.js'
import { sharedClock } from '../util/clock.js'
import type { Subscription } from '../util/subscription.js'
import { errorMessage } from '../util/thrown.js'
import type { ConsumerEvent, ConsumerState } from './consumer-state.js'
import { TRANSITIONS } from './consumer-state.js'
import type { Heartbeat } from './heartbeat.js'
import type { Slots } from './slots.js'

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

/** Told by a {@link QueueLease}. */
export interface LeaseListener {
  /** The queue can be claimed from. */
  joined(): void
  /** The tasks that were claimed under the lease are no longer this worker's. */
  lost(): void
  /** The store has sent a notice to the present id. */
  notified(notice: WorkerNotice): void
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
 * The lease of one worker on one queue, and the state that the consumer is in. Made by the `QueueConsumer`.
 *
 * 1. `join()` asks the store for a lease under a fresh id, the epoch. Nothing ever takes a lost id up again. 2. `lose()`
 * ends an epoch: the old id is given up in the store, so that its tasks are ready again with no run counted, and a new
 * one joins. 3. `stop()` lets nothing join any more. 4. `leave()` gives the present id up, and all that are left over.
 */
export class QueueLease {
  #state: ConsumerState = 'joining'
  #id: string | null = null
  #epoch = 0
  #seq = 0
  /** Ids that are used no more, and may still hold tasks or a lease in the store. */
  readonly #abandoned = new Set<string>()
  #isRecovering = false
  readonly #retries = new Backoff(FIRST_RETRY, LONGEST_RETRY)
  #recovery: Promise<void> = Promise.resolve()
  readonly #leaving = new AbortController()
  #subscription: Subscription | null = null

  constructor(
    private readonly parts: LeaseParts,
    readonly queue: string,
    private readonly listener: LeaseListener,
  ) {}

  get state(): ConsumerState {
    return this.#state
  }

  /** The id under which the store knows this worker; null while it has no lease. */
  get id(): string | null {
    return this.#id
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
   * Ends the epoch of an id; of an id that is not the present one, nothing changes. Its tasks are given back at once: this
   * process lives and runs them no more.
   */
  lose(id: string): void {
    if (id !== this.#id) return
    this.#drop(id)
    this.#abandoned.add(id)
    this.#move('lost')
    this.listener.lost()
    this.#recover()
  }

  /** Gives back what the store has handed to an id that is used no more. In a consumer that left, `leave()` does so. */
  release(id: string): void {
    this.#abandoned.add(id)
    this.#recover()
  }

  /** No lease is asked for any more. The present one stays. */
  stop(): void {
    this.#move('stop')
  }

  /** Gives everything up. Safe to repeat: what was abandoned since is then given up, too. */
  async leave(): Promise<void> {
    this.#move('leave')
    this.#leaving.abort()
    if (this.#id !== null) {
      this.#abandoned.add(this.#id)
      this.#drop(this.#id)
    }
    // A join that is under way would make a lease after the leave.
    await this.#recovery
    await this.#subscription?.close()
    try {
      await this.#giveUpAbandoned()
    } catch (error) {
      this.parts.logger.warn(`queue ${this.queue} could not be left in good order: ${errorMessage(error)}`)
    }
  }

  #move(event: ConsumerEvent): void {
    this.#state = TRANSITIONS[this.#state][event]
  }

  /** Holds while a call is awaited: another event may move the state meanwhile. */
  #is(state: ConsumerState): boolean {
    return this.#state === state
  }

  #drop(id: string): void {
    this.#id = null
    this.parts.heartbeat.remove(this.queue, id)
  }

  /** Gives abandoned ids up and joins anew, until both are done. One loop at a time: it sees what comes in meanwhile. */
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
      // First the old tasks: this process lives and runs them no more, so nobody need wait for them or suspect them.
      await this.#giveUpAbandoned()
      return { grant: await this.#askForLease() }
    } catch (error) {
      return { refusal: error }
    }
  }

  async #pauseAfter(refusal: unknown): Promise<void> {
    const ms = this.#retries.failed()
    this.parts.logger.error(`queue ${this.queue} could not be joined, will try again: ${errorMessage(refusal)}`)
    const { signal } = this.#leaving
    // Ended early by leave(), which need not wait for it.
    await pause(ms, null, { signal }).catch(() => undefined)
  }

  /** @returns null when the consumer was stopped before the lease was asked for */
  async #askForLease(): Promise<Grant | null> {
    const { broker, slots, leaseTtl, workerName } = this.parts
    await this.#subscription?.close()
    if (!this.#is('joining')) return null
    const id = `${workerName}:${randomBytes(4).toString('hex')}:${String(++this.#epoch)}`
    this.#subscription = await broker.openWorker(id, (notice) => {
      if (id === this.#id) this.listener.notified(notice)
    })
    if (!this.#is('joining')) return null
    // Abandoned until it is taken: a join whose answer does not come may have made a lease.
    this.#abandoned.add(id)
    const sentAt = sharedClock()
    const answer = await broker.join(this.queue, { id, slots: slots.total, leaseTtl })
    if (answer === 'lost') throw new LeaseLostError(this.queue, id)
    return { id, sentAt }
  }

  /** Starts an epoch, unless the consumer was stopped while it joined: then the new id stays abandoned. */
  #take(grant: Grant | null): void {
    if (grant === null || !this.#is('joining')) return
    this.#abandoned.delete(grant.id)
    this.#id = grant.id
    this.#seq = 0
    this.#retries.succeeded()
    this.parts.heartbeat.add(this.queue, grant.id, grant.sentAt)
    this.#move('joined')
    this.listener.joined()
  }

  async #giveUpAbandoned(): Promise<void> {
    for (const id of this.#abandoned) {
      // Before the call: an id that is released once more while it is answered is given up once more.
      this.#abandoned.delete(id)
      try {
        await this.parts.broker.leave(this.queue, id)
      } catch (error) {
        this.#abandoned.add(id)
        throw error
      }
    }
  }
}
