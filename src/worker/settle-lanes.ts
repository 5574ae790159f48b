import type { Logger } from '../logging/logger.js'
import type { Broker } from '../stores/broker.js'
import { performance } from '../util/timers.js'
import { InTurn } from './in-turn.js'
import { LoopTimer } from './loop-timer.js'
import { SettleLane } from './settle-lane.js'
import type { SettleAnswer, SettleCall } from './settle-sender.js'
import type { Slots } from './slots.js'
import { isLarge } from './unsettled-outcomes.js'

/** The parts of {@link SettleLanes}. */
export interface LanesParts {
  readonly broker: Broker
  readonly logger: Logger
  readonly slots: Slots
}

/** The lane of large outcomes, while there are any. The other one never waits for one. */
export const LARGE_LANE = 1
/** Time after which a call hangs, ms: its slots are given back. */
const HANGING = 60

/** The two lanes of a claim loop, which creates them. Answers that arrive together are taken one in each turn of the event loop. */
export class SettleLanes {
  readonly all: readonly SettleLane[]
  readonly #turns = new InTurn()
  /** Resolves when the last call that waits may be sent; null: none waits. */
  #waiting: Promise<unknown> | null = null
  readonly #looks = new LoopTimer(HANGING, () => this.#giveBackHanging())

  /**
   * @param answered - takes the answer to a call. The lane is free
   * @param slotsFreed - called when the slots of a call that hangs were given back
   */
  constructor(
    parts: LanesParts,
    lease: { readonly id: string | null },
    answered: (lane: SettleLane, sent: SettleCall, answer: SettleAnswer) => void,
    private readonly slotsFreed: () => void,
  ) {
    const inTurn = (lane: SettleLane, sent: SettleCall, answer: SettleAnswer): void => {
      this.#turns.do(() => {
        lane.free()
        answered(lane, sent, answer)
      })
    }
    const failing = new Set<SettleCall>()
    const laneOf = (number: number): SettleLane => new SettleLane(parts, lease, number, inTurn, failing)
    this.all = [laneOf(0), laneOf(LARGE_LANE)]
  }

  /** Whether a call is under way. */
  get areSending(): boolean {
    return this.all.some(({ call }) => call !== null)
  }

  /** Whether outcomes of that size are on their way under a worker's id. */
  areTelling(worker: string, size: 'any' | 'large'): boolean {
    return this.all.some(({ call }) => {
      if (call?.call.worker !== worker) return false
      return size === 'large' ? call.batch.some(isLarge) : call.batch.length > 0
    })
  }

  /**
   * A call goes behind those before it that still wait, whatever their lane: a claim may list the worker as idle, and a call that claims
   * nothing takes it off that list, so that nobody would wake it.
   *
   * @param reserved - number of slots that are reserved for the claim
   * @param told - as in {@link SettleLane.send}
   */
  send(lane: SettleLane, call: SettleCall, reserved: number, told: Promise<void> | null): void {
    const before = this.#waiting
    const turn = told === null || before === null ? (told ?? before) : Promise.all([before, told])
    lane.send(call, reserved, turn)
    if (turn !== null) this.#wait(turn)
    if (reserved > 0) this.#looks.start()
  }

  #wait(turn: Promise<unknown>): void {
    this.#waiting = turn
    void turn.then(() => {
      if (this.#waiting === turn) this.#waiting = null
    })
  }

  /** Uses one of the reserved slots for a task that was handed over meanwhile. @returns whether there was one */
  useReserved(): boolean {
    return this.all.some((lane) => lane.useReserved())
  }

  /** Ends the pauses of calls that are sent again. */
  endPauses(): void {
    for (const lane of this.all) lane.endPause()
  }

  /** Gives the slots of hanging calls back to other queues. @returns whether any are still reserved */
  #giveBackHanging(): boolean {
    const since = performance.now() - HANGING + 1
    const given = this.all.filter((lane) => lane.giveBackSince(since))
    if (given.length > 0) this.slotsFreed()
    return this.all.some(({ hasReserved }) => hasReserved)
  }
}
