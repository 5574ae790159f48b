import type { Logger } from '../logging/logger.js'
import type { Broker } from '../stores/broker.js'
import type { SettleAnswer, SettleCall } from './settle-sender.js'
import { SettleSender } from './settle-sender.js'
import { performance } from '../util/timers.js'
import type { Slots } from './slots.js'

interface LaneParts {
  readonly broker: Broker
  readonly logger: Logger
  readonly slots: Slots
}

/**
 * One lane of a claim loop, which makes two: at most one call is under way on it. A claim reserves the free slots for its tasks
 * before it is sent. Those of a call that hangs are given back, so that other queues can use them meanwhile.
 */
export class SettleLane {
  #call: SettleCall | null = null
  #reserved = 0
  #sentAt = 0
  readonly #sender: SettleSender

  constructor(
    private readonly parts: LaneParts,
    lease: { readonly id: string | null },
    /** 0 or 1. */
    readonly number: number,
    /** Called with each answer. The next call can be sent once {@link free} was called. */
    private readonly answered: (lane: SettleLane, sent: SettleCall, answer: SettleAnswer) => void,
    /** Calls that are sent again, of all lanes of the queue. */
    failing: Set<SettleCall>,
  ) {
    this.#sender = new SettleSender(parts, lease, failing)
  }

  /** The call that is under way; null: there is none. */
  get call(): SettleCall | null {
    return this.#call
  }

  /**
   * @param reserved - number of slots that are reserved for the claim
   * @param told - resolves when the call may be sent; null: at once
   */
  send(call: SettleCall, reserved: number, told: Promise<unknown> | null): void {
    this.#call = call
    this.#reserved = reserved
    this.#sentAt = performance.now()
    const answer = told === null ? this.#sender.send(call) : told.then(() => this.#sender.send(call))
    void answer.then((answered) => {
      this.answered(this, call, answered)
    })
  }

  /** The answer is taken. Releases the slots that are still reserved. */
  free(): void {
    this.#call = null
    this.#giveBack()
  }

  /** Uses one of the reserved slots for a task that was handed over meanwhile. @returns whether there was one */
  useReserved(): boolean {
    if (this.#reserved === 0) return false
    this.#reserved -= 1
    return true
  }

  /** Whether slots are reserved here. */
  get hasReserved(): boolean {
    return this.#reserved > 0
  }

  /** Gives the slots of a call back that was sent before that time. @returns whether there were any */
  giveBackSince(time: number): boolean {
    return this.#reserved > 0 && this.#sentAt <= time && this.#giveBack()
  }

  /** Ends the pause of a call that is sent again. */
  endPause(): void {
    this.#sender.endPause()
  }

  #giveBack(): boolean {
    this.parts.slots.release(this.#reserved)
    this.#reserved = 0
    return true
  }
}
