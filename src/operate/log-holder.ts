import type { TaskRecord } from '../model/task-record.js'
import { STARTED } from '../model/task-state.js'
import type { LogPlace, OrderAnswer } from '../model/worker-order.js'
import { performance } from '../util/timers.js'
import { askWorker } from './ask-worker.js'
import type { ControlParts } from './control-parts.js'
import type { LineInbox } from './line-inbox.js'
import { userAtHost } from './run-act.js'

/** Time between two requests to the worker, which publishes for half a minute after each, ms. */
const RENEW = 5_000
/** Time in which a worker answers, and in which it publishes what it was asked for, ms. */
const PATIENCE = 3_000

/** The worker that holds a followed task, as it was asked for the lines. Created by who follows. */
export class LogHolder {
  /** Whether the worker publishes what the task logs. */
  isFollowed = false
  /** Why the worker that holds the task does not publish its lines; null: it does, or it has not said so. */
  refusal: string | null = null
  #worker: { readonly queue: string; readonly id: string } | null = null
  #askedAt = 0

  constructor(
    private readonly parts: ControlParts,
    private readonly task: string,
    private readonly inbox: LineInbox,
  ) {}

  /** Whether a task is held by the worker that was asked last. */
  holds({ header: { status, queue, worker } }: TaskRecord): boolean {
    return status === STARTED && worker !== null && worker === this.#worker?.id && queue === this.#worker.queue
  }

  /** Asks the worker that holds a task to publish its lines, where that is due. */
  async follow(record: TaskRecord): Promise<void> {
    const { status, worker: id, queue } = record.header
    if (status !== STARTED || id === null) {
      this.isFollowed = false
      return
    }
    const { inbox } = this
    const isAsked = this.isFollowed && this.holds(record) && performance.now() - this.#askedAt < RENEW
    if (isAsked && !inbox.hasGap) return
    this.#worker = { queue, id }
    this.#askedAt = performance.now()
    const answer = await this.#ask(inbox.latest)
    this.isFollowed = false
    if (typeof answer === 'string') return
    this.refusal = answer.refusal
    if (answer.followed) {
      inbox.begun(answer.followed)
      this.isFollowed = true
    } else if (inbox.latest !== null) inbox.giveUp(inbox.latest, false)
  }

  /** Asks for the rest of a log that is over, as far as its worker has it, and waits until that has come. */
  async finish(has: LogPlace, signal: AbortSignal): Promise<void> {
    const { inbox } = this
    const answer = await this.#ask(has)
    if (typeof answer === 'string' || answer.refusal !== null) return
    if (answer.last) inbox.begun(answer.last)
    const until = performance.now() + PATIENCE
    while (inbox.isOpen(answer.last ?? has) && !signal.aborted && performance.now() < until) {
      await inbox.next(until - performance.now())
    }
  }

  async #ask(has: LogPlace | null): Promise<OrderAnswer | 'unheard' | 'silent'> {
    if (this.#worker === null) return 'unheard'
    const question = { order: { act: 'follow', task: this.task, has }, by: userAtHost(), patience: PATIENCE } as const
    return await askWorker(this.parts, [this.#worker], question)
  }
}
