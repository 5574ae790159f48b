import type {
  LaneCall,
  LeaseState,
  RenewReply,
  Settlement,
  SettleReply,
  Subscription,
  WorkerNotice,
  WorkerSpec,
} from 'pulsar-queue'
import { EmbeddedBroker } from '../../lib/stores/embedded/embedded-broker.js'
import type { Deferred } from '../../lib/util/deferred.js'
import { deferred } from '../../lib/util/deferred.js'

/** The verbs that a gate can hold back. `claim`: a settle without settlements. */
export type GatedVerb = 'claim' | 'settle' | 'renew' | 'join' | 'leave'

/** A call that is held back. */
export class HeldCall {
  readonly #arrived = deferred<string>()
  readonly #verdict: Deferred<{ readonly error: unknown } | null> = deferred()

  constructor(
    /** Whether the call is held before the store sees it, or the answer after the store has acted. */
    readonly what: 'call' | 'answer',
  ) {}

  /** Resolves with the worker's id when the call has arrived. */
  get arrived(): Promise<string> {
    return this.#arrived.promise
  }

  pass(): void {
    this.#verdict.resolve(null)
  }

  /** Rejects the call in place of its answer, whatever the store has done. */
  fail(error: unknown): void {
    this.#verdict.resolve({ error })
  }

  /** Only the gate calls this. */
  async wait(worker: string): Promise<void> {
    this.#arrived.resolve(worker)
    const verdict = await this.#verdict.promise
    if (verdict) throw verdict.error
  }
}

/** The embedded broker behind a gate: a spec holds single calls or answers back, and lets them through one by one. */
export class GatedBroker extends EmbeddedBroker {
  /** The calls that were sent, in order: the verb and the worker's id. */
  readonly sent: { readonly verb: GatedVerb; readonly worker: string; readonly seq?: number }[] = []
  /** The notices to workers, in order. */
  readonly notices: WorkerNotice[] = []
  /** Whether notices to workers get lost from now on. */
  losesNotices = false
  #notify: ((notice: WorkerNotice) => void) | null = null
  readonly #held: { readonly verb: GatedVerb; readonly call: HeldCall; readonly isEvery: boolean }[] = []

  /** Holds back the next answer of a verb, or its next call. */
  hold(verb: GatedVerb, what: 'call' | 'answer' = 'answer'): HeldCall {
    const call = new HeldCall(what)
    this.#held.push({ verb, call, isEvery: false })
    return call
  }

  /** Holds back every call of a verb. The returned call lets all of them through. */
  holdEvery(verb: GatedVerb): HeldCall {
    const call = new HeldCall('call')
    this.#held.push({ verb, call, isEvery: true })
    return call
  }

  /** The ids that were sent in calls of a verb. */
  idsOf(verb: GatedVerb): string[] {
    return this.sent.filter((each) => each.verb === verb).map(({ worker }) => worker)
  }

  /** Gives the worker that was opened last a notice, as the store would. */
  notify(notice: WorkerNotice): void {
    this.#notify?.(notice)
  }

  override async openWorker(
    queue: string,
    worker: string,
    listener: (notice: WorkerNotice) => void,
  ): Promise<Subscription> {
    this.#notify = listener
    return await super.openWorker(queue, worker, (notice) => {
      this.notices.push(notice)
      if (!this.losesNotices) listener(notice)
    })
  }

  override async join(queue: string, worker: WorkerSpec): Promise<LeaseState> {
    return await this.#gated('join', worker.id, () => super.join(queue, worker))
  }

  override async leave(queue: string, worker: string): Promise<void> {
    await this.#gated('leave', worker, () => super.leave(queue, worker))
  }

  override async renew(queue: string, worker: string): Promise<RenewReply> {
    return await this.#gated('renew', worker, () => super.renew(queue, worker))
  }

  override async settle(call: LaneCall, settlements: readonly Settlement[], max: number): Promise<SettleReply> {
    const verb = settlements.length === 0 ? 'claim' : 'settle'
    return await this.#gated(verb, call.worker, () => super.settle(call, settlements, max), call.seq)
  }

  async #gated<T>(verb: GatedVerb, worker: string, act: () => Promise<T>, seq?: number): Promise<T> {
    this.sent.push({ verb, worker, ...(seq !== undefined && { seq }) })
    const index = this.#held.findIndex((each) => each.verb === verb)
    const { call: held, isEvery } = this.#held[index] ?? {}
    if (isEvery === false) this.#held.splice(index, 1)
    if (held?.what === 'call') await held.wait(worker)
    const answer = await act()
    if (held?.what === 'answer') await held.wait(worker)
    return answer
  }
}
