import type { SettleAnswer, SettleCall, Unsettled } from './settle-sender.js'
import { SettleSender } from './settle-sender.js'
import type { QueueLease } from './queue-lease.js'
import { LARGE_PAYLOAD } from '../stores/policy.js'

/** The lane of large outcomes. All other settles go on lane 0. */
const LANE = 1

/**
 * The large outcomes of a claim loop, which makes this list. Each is settled by a call of its own, one after another, beside the calls of
 * the loop: over a slow network a large one takes long, and small tasks need not wait for it.
 */
export class LargeOutcomes {
  readonly #waiting: Unsettled[] = []
  #isSending = false
  readonly #sender: SettleSender

  /** @param answered - called with each answer, when the next call has not been sent yet */
  constructor(
    parts: ConstructorParameters<typeof SettleSender>[0],
    private readonly lease: QueueLease,
    private readonly answered: (sent: SettleCall, answer: SettleAnswer) => void,
  ) {
    this.#sender = new SettleSender(parts, lease)
  }

  /** Whether an outcome belongs here. */
  static has({ end, stage }: Unsettled): boolean {
    return stage === 'together' && end.kind !== 'release' && end.outcome.length >= LARGE_PAYLOAD
  }

  /** How many are not settled. */
  get count(): number {
    return this.#waiting.length + (this.#isSending ? 1 : 0)
  }

  get isSending(): boolean {
    return this.#isSending
  }

  add(outcome: Unsettled): void {
    this.#waiting.push(outcome)
    void this.#sendNext()
  }

  /** Takes what is not sent, and ends the pause of what is sent again. */
  abandon(): readonly Unsettled[] {
    this.#sender.endPause()
    return this.#waiting.splice(0)
  }

  async #sendNext(): Promise<void> {
    const { id: worker, queue } = this.lease
    if (this.#isSending || worker === null) return
    const next = this.#waiting.shift()
    if (next === undefined) return
    this.#isSending = true
    const sent = { call: { queue, worker, lane: LANE, seq: this.lease.nextSeq() }, batch: [next], max: 0 }
    const answer = await this.#sender.send(sent)
    this.#isSending = false
    this.answered(sent, answer)
    void this.#sendNext()
  }
}
