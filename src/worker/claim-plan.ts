import type { ClaimAhead } from './claim-ahead.js'
import type { ClaimPause } from './claim-pause.js'
import type { ConsumerState } from './consumer-state.js'
import type { Slots } from './slots.js'
import type { UnsettledOutcomes } from './unsettled-outcomes.js'

/** The parts of a {@link ClaimPlan}. */
export interface PlanParts {
  readonly slots: Slots
  readonly ahead: ClaimAhead
  readonly pause: ClaimPause
  readonly outcomes: UnsettledOutcomes
  /** Tasks that are claimed and have not ended. */
  readonly taken: { readonly runs: { readonly size: number }; readonly held: { readonly count: number } }
}

/** Whether the next call of a claim loop claims, and how many tasks. Created by the claim loop, which is the owner of its slots. */
export class ClaimPlan {
  /** Why a claim is wanted. A wake that finds no free slot here has to reach another worker. */
  #wanted: 'nothing' | 'look' | 'wake' = 'nothing'
  /** Whether the last claim was filled, so that there may be more. */
  hasMore = false
  /** Number of tasks that the calls under way may bring. */
  #underWay = 0
  isLargeUnderWay = false

  constructor(
    private readonly parts: PlanParts,
    /** The queue, as the slots know it. */
    private readonly owner: object,
  ) {}

  /** Whether a claim would be made if there were a free slot. */
  get isWanted(): boolean {
    return this.#wanted !== 'nothing' || this.hasMore
  }

  look(): void {
    if (this.#wanted === 'nothing') this.#wanted = 'look'
  }

  /** The store has said that a task is ready. */
  wake(): void {
    this.#wanted = 'wake'
  }

  /** Whether a wake has to be passed on: no slot is free for the task, and no claim is under way that might bring it. */
  get passesWakeOn(): boolean {
    return this.#wanted === 'wake' && this.#underWay === 0
  }

  /** Whether a call under way may bring tasks. */
  get isUnderWay(): boolean {
    return this.#underWay > 0
  }

  /** The next call is decided. @param max - number of tasks that it claims */
  decided(max: number): void {
    this.#underWay += max
    if (max > 0) this.#wanted = 'nothing'
    // A claim of 0 tasks makes the store wake another worker. This worker looks again as soon as it has a free slot.
    else if (this.#wanted === 'wake') this.#wanted = 'look'
  }

  answered(max: number): void {
    this.#underWay -= max
  }

  /** Whether more tasks are claimed than there are free slots. */
  get isAhead(): boolean {
    const { ahead, slots } = this.parts
    return ahead.isAhead && !slots.isWantedBesides(this.owner)
  }

  /** Number of tasks that the next call claims. */
  mostToClaim(): number {
    if (!this.#canClaim()) return 0
    const { slots, ahead, taken } = this.parts
    const { target, claim } = ahead
    const room = Math.min(claim, target - taken.runs.size - taken.held.count - this.#underWay)
    if (!this.isAhead) return Math.max(0, Math.min(room, slots.free))
    // In front of a backlog, few large claims are cheaper than many small ones. But no slot is left free: the others may run for long.
    const hasTaskForEachSlot = taken.held.count + this.#underWay >= slots.free
    return this.hasMore && room < claim / 2 && hasTaskForEachSlot ? 0 : Math.max(0, room)
  }

  /** Tells the other queues whether this one needs slots. While it does, they claim for free slots only, and take turns. */
  contend(state: ConsumerState, hasWork: boolean): void {
    const { slots, pause } = this.parts
    const lacksSlots = this.hasMore || (slots.free <= 0 && this.#underWay === 0 && hasWork)
    // A queue that is being joined has not claimed yet, so it has the first turn.
    slots.wait(this.owner, state === 'joining' || (state === 'consuming' && lacksSlots && !pause.isOn))
  }

  #canClaim(): boolean {
    const { outcomes, pause, slots } = this.parts
    // Large outcomes that come faster than they can be sent would fill the memory.
    const large = outcomes.large + (this.isLargeUnderWay ? 1 : 0)
    if (slots.isQuiet) return false
    return (this.isWanted || outcomes.hasSmall) && !outcomes.isAlone && !pause.isOn && large < slots.total
  }
}
