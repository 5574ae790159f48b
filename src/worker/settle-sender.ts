import { isPulsarError } from '../errors.js'
import type { RunEnd } from '../execution/run-end.js'
import type { Run } from '../execution/run.js'
import type { Logger } from '../logging/logger.js'
import type { Broker, LaneCall, SettleReply } from '../stores/broker.js'
import { isGone } from '../stores/is-gone.js'
import { isPassing } from '../stores/is-passing.js'
import type { Telemetry } from '../telemetry/telemetry.js'
import { Backoff } from '../util/backoff.js'
import { errorMessage } from '../util/thrown.js'
import { pause } from '../util/timers.js'

/** One end of a claimed task that the store has not recorded yet. */
export interface Unsettled {
  readonly end: RunEnd
  /** Null for a task that was released before it became a run. */
  readonly run: Run | null
  /**
   * - `together`: the outcome is sent with all others
   * - `alone`: a call with several outcomes was refused, so each is sent by itself, to find the one that is refused
   * - `refused`: the store refused this outcome by itself, twice; `end` is the one that replaces it
   */
  readonly stage: 'together' | 'alone' | 'refused'
  /** The end that was refused, where `end` replaces it. */
  readonly original?: RunEnd
  /** Whether it was told that the store takes neither of them. */
  readonly isTold?: boolean
  /** The pauses between its tries, for one that was set aside. */
  readonly patience?: Backoff
}

/** A call of `settle`. */
export interface SettleCall {
  readonly call: LaneCall
  readonly batch: readonly Unsettled[]
  /** Most tasks to claim. */
  readonly max: number
}

/** How a call ended: with the store's reply, or with an error that trying again does not mend. */
export type SettleAnswer = { readonly reply: SettleReply } | { readonly refusal: unknown }

interface SettleParts {
  readonly broker: Broker
  readonly logger: Logger
  readonly telemetry?: Telemetry | null | undefined
}

/** About the first and the longest pause after an error that passes, ms. */
const FIRST_PAUSE = 50
const LONGEST_PAUSE = 5_000

/**
 * Sends the `settle` calls of a claim loop, which creates it. While the store cannot be reached, is full or cannot be
 * written, the same call is repeated with growing pauses, until the store answers or is gone for good, or the worker id of the call
 * is abandoned. Recording an outcome late costs nothing; dropping it makes the task run twice.
 */
export class SettleSender {
  #pause = new AbortController()

  constructor(
    private readonly parts: SettleParts,
    private readonly lease: { readonly id: string | null },
    /** Calls of the queue that are sent again, by any sender: the first of them is told, and the end of the last. */
    private readonly failing = new Set<SettleCall>(),
  ) {}

  async send(sent: SettleCall): Promise<SettleAnswer> {
    const { call, batch, max } = sent
    const settlements: RunEnd[] = []
    for (const { end } of batch) settlements.push(end)
    const settled = batch.length === 0 ? null : this.#span(call, batch)
    // The first try, which nearly always works, waits for one promise.
    try {
      const reply = await this.parts.broker.settle(call, settlements, max)
      settled?.()
      return { reply }
    } catch (error) {
      return await this.#sendAgain(sent, settlements, error, settled)
    }
  }

  /** Ends the pause between two tries, so that `send()` sees at once that the worker id was abandoned. */
  endPause(): void {
    this.#pause.abort()
    this.#pause = new AbortController()
  }

  /** @returns called when the store has answered; null: nobody records that */
  #span({ queue }: LaneCall, batch: readonly Unsettled[]): ((error?: unknown) => void) | null {
    const { telemetry } = this.parts
    if (telemetry === null || telemetry === undefined) return null
    return telemetry.settle({ queue, count: batch.length, runs: batch.flatMap(({ run }) => run?.trace ?? []) })
  }

  /** @param failure - what the first try has failed with */
  async #sendAgain(
    sent: SettleCall,
    settlements: readonly RunEnd[],
    failure: unknown,
    settled: ((error?: unknown) => void) | null,
  ): Promise<SettleAnswer> {
    const { call, max } = sent
    const backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE)
    for (let error = failure, refused = 1; ; refused++) {
      const isOver = !isPassing(error) || isGone(error) || this.#isAbandoned(call)
      if (!isOver && refused === 1) this.#warn(sent, error)
      if (!isOver) await pause(backoff.failed(), this.#pause.signal)
      if (isOver || this.#isAbandoned(call)) {
        this.failing.delete(sent)
        settled?.(error)
        return { refusal: error }
      }
      try {
        const reply = await this.parts.broker.settle(call, settlements, max)
        this.failing.delete(sent)
        if (this.failing.size === 0) {
          this.parts.logger.info(`queue ${call.queue}: the store accepts settlements again`, { refused })
        }
        settled?.()
        return { reply }
      } catch (again) {
        error = again
      }
    }
  }

  /** Whether the worker id of a call is no longer the present one. */
  #isAbandoned({ worker }: LaneCall): boolean {
    return worker !== this.lease.id
  }

  #warn(sent: SettleCall, error: unknown): void {
    const { queue } = sent.call
    const { length } = sent.batch
    const isFirst = this.failing.size === 0
    this.failing.add(sent)
    const code = isPulsarError(error) ? { code: error.code } : {}
    const outcomes = `${String(length)} ended ${length === 1 ? 'run waits' : 'runs wait'} to be recorded`
    const message = `queue ${queue}: ${errorMessage(error)}; will try again until it works, ${outcomes}`
    this.parts.logger[isFirst ? 'warn' : 'debug'](message, code)
  }
}
