import type { Logger } from '../logging/logger.js'
import { OutageLog } from '../logging/outage-log.js'
import type { AdoptVerdict, Broker, ClaimedTask } from '../stores/broker.js'
import { Backoff } from '../util/backoff.js'
import { sharedClock } from '../util/clock.js'
import { errorMessage } from '../util/thrown.js'
import { pause } from '../util/timers.js'
import type { QueueLease } from './queue-lease.js'
import type { Slots } from './slots.js'

/** The parts of an {@link Adoption}. Times in ms. */
export interface AdoptionParts {
  readonly broker: Broker
  readonly logger: Logger
  readonly slots: Slots
  readonly leaseTtl: number
}

/** The claim loop, as its {@link Adoption} sees it. */
export interface AdoptingLoop {
  /** Resolves when no call is under way. */
  whenAnswered(): Promise<void>
  /** Ids that the worker has left, and that the store, whose history has changed since, may still know. */
  formerIds(): readonly string[]
  /** What the worker holds, and what it has settled of late. */
  holdings(): readonly ClaimedTask[]
  /** Highest fence that the worker has seen. */
  readonly topFence: number
  /** The store has answered. @param verdicts - by the fences of the tasks @param topFence - of the queue */
  adopted(verdicts: ReadonlyMap<number, AdoptVerdict>, topFence: number): void
  look(): void
}

/** About the first and the longest pause before a store that could not be told is told again, ms. */
const FIRST_PAUSE = 50
const LONGEST_PAUSE = 1_000

/**
 * Tells a store whose history has changed what the worker holds in one queue. Created by the `QueueConsumer`.
 *
 * 1. `begin()` stops all calls, and the start of claimed tasks. 2. The calls that are under way are answered, or refused since the
 * history has changed. 3. The broker's `adopt` gives the worker its lease and its tasks back. 4. The loop aborts what is no longer
 * the worker's, settles again what the store has forgotten, and claims. What the worker held under former ids is told under these,
 * and they are left once more.
 */
export class Adoption {
  readonly #outage: OutageLog
  readonly #ended: () => void
  readonly #closing = new AbortController()

  constructor(
    private readonly parts: AdoptionParts,
    private readonly lease: QueueLease,
    private readonly loop: AdoptingLoop,
  ) {
    this.#outage = new OutageLog(parts.logger, `queue ${lease.queue}: the store knows again what this worker holds`)
    this.#ended = parts.broker.onHistoryChange(() => {
      for (const former of loop.formerIds()) lease.release(former)
      this.begin()
    })
  }

  /** Begins, if the lease is one of another history. Never throws. */
  begin(): void {
    const { id } = this.lease
    if (id === null || this.lease.isAdopting || !this.parts.broker.history.isOver(id)) return
    this.lease.isAdopting = true
    void this.#adopt(id)
  }

  close(): void {
    this.#ended()
    this.#closing.abort()
  }

  async #adopt(id: string): Promise<void> {
    const { history } = this.parts.broker
    const backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE)
    await this.loop.whenAnswered()
    while (id === this.lease.id && history.isOver(id)) {
      try {
        await this.#tell(id)
        this.#outage.succeeded()
      } catch (error) {
        const what = `queue ${this.lease.queue}: the store could not be told what this worker holds, will try again`
        this.#outage.failed(`${what}: ${errorMessage(error)}`)
        await pause(backoff.failed(), this.#closing.signal)
      }
    }
    if (id !== this.lease.id) return
    this.lease.isAdopting = false
    this.loop.look()
  }

  async #tell(id: string): Promise<void> {
    const { broker, slots, leaseTtl, logger } = this.parts
    const { queue } = this.lease
    const tasks = this.loop.holdings()
    const sentAt = sharedClock()
    const { topFence } = this.loop
    const { offered } = slots
    const reply = await broker.adopt(queue, id, { slots: offered, ttl: leaseTtl, topFence, tasks })
    if (id !== this.lease.id) return
    if (reply.lease === 'lost') {
      this.lease.lose(id)
      return
    }
    const count = String(tasks.length)
    logger.info(`queue ${queue}: the store's history has changed; this worker has told it of ${count} tasks`)
    this.lease.adopted(sentAt)
    // It has changed meanwhile, and could not be told.
    if (slots.offered !== offered) this.lease.resized()
    this.loop.adopted(new Map(tasks.map(({ fence }, i) => [fence, reply.verdicts[i] ?? 'stale'])), reply.topFence)
  }
}
