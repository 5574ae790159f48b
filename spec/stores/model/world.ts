import { strict as assert } from 'node:assert'
import type { Broker, ClaimedTask, LaneCall, Settlement, SettleReply, TaskRecord, Tick } from 'pulsar-queue'
import { FAILURE, QUEUED, RETRY, REVOKED, STARTED, SUCCESS } from 'pulsar-queue'
import type { ModelStore, StoreClock } from './model-store.js'
import { FORGET_AFTER, RESULT_TTL_FLOOR } from '../../../lib/stores/policy.js'

/** What the model believes of one task that was acknowledged. */
export interface ModelTask {
  state: 'waiting' | 'held' | 'final'
  readonly priority: number
  runs: number
  status: number
  delayed: boolean
  holder: string | null
  /** Of the last claim; of a finished task: whose outcome it is, 0 for nobody's. */
  fence: number
  /** When it ended, by {@link Model.elapsed}. */
  endedAt: number
}

/** A schedule of the model: its last tick, whether it is paused, and the calls that have asked for it. */
export interface ModelSchedule {
  /** 0: none was taken yet, so that the store does not know it. */
  last: number
  isPaused: boolean
  /** Each call that was made, and whether it has queued its task. */
  readonly calls: { readonly tick: Tick; readonly queued: boolean }[]
}

/** Time that has really passed in a walk, or is spent on what the store rounds, ms. */
const MARGIN = 60_000

/** What the model believes. Cheap to make: fast-check makes one a run. */
export class Model {
  readonly tasks = new Map<string, ModelTask>()
  /** Waiting tasks whose order is known: per priority, the next to run first. */
  readonly lines: string[][] = Array.from({ length: 10 }, () => [])
  readonly workers = new Map<number, 'joined' | 'gone'>()
  readonly stats = { queued: 0, succeeded: 0, failed: 0, revoked: 0, retried: 0 }
  /** The store has suspects, or may have: the order of tasks is not predicted. */
  suspects = false
  paused = false
  /** ms by which the store's clock was moved on. */
  elapsed = 0
  /** Whether the clock was moved back, so that records may stay for longer. */
  wentBack = false
  /** When the queue was new, or a task was claimed last, by `elapsed`. */
  usedAt = 0
  readonly schedules = new Map<string, ModelSchedule>()

  /** Whether the record of a finished task may be gone: ten minutes are over. */
  mayBeGone({ state, endedAt }: ModelTask): boolean {
    return state === 'final' && this.elapsed - endedAt >= RESULT_TTL_FLOOR - MARGIN
  }

  /** Whether it must be gone: Redis deletes it ten minutes later at most. */
  mustBeGone({ state, endedAt }: ModelTask): boolean {
    return state === 'final' && !this.wentBack && this.elapsed - endedAt >= 2 * RESULT_TTL_FLOOR + MARGIN
  }

  /** Whether a pass may forget the queue: it was empty and unused for a week, and nobody has a wish that concerns it. */
  mayBeForgotten(): boolean {
    const isEmpty = [...this.tasks.values()].every((task) => this.mayBeGone(task))
    const isJoined = [...this.workers.values()].includes('joined')
    const isWished = this.paused || this.schedules.size > 0
    return isEmpty && !isJoined && !isWished && this.elapsed - this.usedAt >= FORGET_AFTER - MARGIN
  }

  /** Nothing of the queue is left. */
  forget(): void {
    this.tasks.clear()
    Object.assign(this.stats, { queued: 0, succeeded: 0, failed: 0, revoked: 0, retried: 0 })
    this.suspects = false
  }

  waiting(): ModelTask[] {
    return [...this.tasks.values()].filter(({ state }) => state === 'waiting')
  }

  heldBy(worker: string): [string, ModelTask][] {
    return [...this.tasks].filter(([, task]) => task.state === 'held' && task.holder === worker)
  }

  outOfLine(id: string): void {
    for (const line of this.lines) if (line.includes(id)) line.splice(line.indexOf(id), 1)
  }

  end(id: string, status: number, fence: number): void {
    const task = this.tasks.get(id)
    assert(task !== undefined && task.state !== 'final', `${id} ended twice`)
    this.outOfLine(id)
    Object.assign(task, { state: 'final', status, fence, holder: null, delayed: false, endedAt: this.elapsed })
    this.stats[status === SUCCESS ? 'succeeded' : status === FAILURE ? 'failed' : 'revoked'] += 1
  }

  waitAgain(id: string, status: number, delayed: boolean): void {
    Object.assign(this.tasks.get(id) ?? {}, { state: 'waiting', holder: null, status, delayed })
  }
}

/** One worker of the real store: odd ones have a lease that has run out as soon as it is made. */
export interface RealWorker {
  readonly id: string
  readonly seqs: [number, number]
  readonly last: [LastCall | null, LastCall | null]
  /** All of its calls, in their order. */
  readonly calls: LastCall[]
  /** Everything that it ever claimed: what a holder that was told nothing may still send. */
  readonly claims: ClaimedTask[]
}

export interface LastCall {
  readonly call: LaneCall
  readonly settlements: readonly Settlement[]
  readonly max: number
  readonly reply: SettleReply
}

/** The real store of one run, and what it has answered. */
export class World {
  readonly workers = new Map<number, RealWorker>()
  readonly finals = new Map<string, string>()
  readonly fences = new Set<number>()
  readonly history: string[] = []
  /** Outcomes of revocations, by task: whose was first, counts. */
  readonly revokedBy = new Map<string, string>()
  readonly revocations: { readonly ids: readonly string[]; readonly outcome: string }[] = []
  readonly flushes: { readonly operation: string; readonly dropped: number; readonly at: number }[] = []
  readonly condemned: { readonly id: string; readonly at: number }[] = []
  #names = 0

  constructor(
    readonly broker: Broker,
    /** Another connection, as another process would have. */
    readonly other: Broker,
    readonly queue: string,
    readonly store: ModelStore,
    /** Null: it stays as it is. */
    readonly clock: StoreClock | null,
  ) {}

  name(what: string): string {
    return `${what}-${String(++this.#names)}`
  }

  worker(index: number): RealWorker {
    const worker = this.workers.get(index)
    assert(worker !== undefined, `worker ${String(index)} never joined`)
    return worker
  }

  /** I4, and that a look-up says what the model believes. */
  judge(model: Model, id: string, record: TaskRecord | null): void {
    const task = model.tasks.get(id)
    if (task === undefined) {
      assert.equal(record, null, `${id} was never acknowledged, or was dropped, and is known`)
      return
    }
    // One that was not deleted yet is there again when the clock is set back.
    if (record === null && model.mayBeGone(task)) return
    assert(record !== null, `I1: ${id} was acknowledged and is neither live nor finished`)
    assert(!model.mustBeGone(task), `I11: the record of ${id} is there after its time`)
    const expected = task.state === 'held' ? STARTED : task.state === 'final' ? task.status : undefined
    const { status } = record.header
    if (expected !== undefined) assert.equal(status, expected, `I1: the state of ${id}`)
    else assert(status === QUEUED || status === RETRY, `I1: ${id} waits, and is ${String(status)}`)
    if (task.state !== 'final') return
    const final = JSON.stringify([record.header, Buffer.from(record.outcome ?? []).toString('base64')])
    assert.equal(final, this.finals.get(id) ?? final, `I4: the final state of ${id} was overwritten`)
    this.finals.set(id, final)
  }

  /** The record of a task is gone: its id begins anew. */
  expired(model: Model, id: string): void {
    model.tasks.delete(id)
    this.finals.delete(id)
    this.revokedBy.delete(id)
  }

  /** I5 and I6, by what the store counts. */
  async count(model: Model): Promise<void> {
    const size = await this.broker.size(this.queue)
    assert.equal(size.ready + size.delayed, model.waiting().length, 'I5: what waits')
    const held = [...model.tasks.values()].filter(({ state }) => state === 'held').length
    assert.equal(size.held, held, 'I5: what is held')
    const { queued, succeeded, failed, revoked, retried } = await this.broker.stats(this.queue)
    assert.deepEqual({ queued, succeeded, failed, revoked, retried }, model.stats, 'I5: the counters')
  }
}

export { FAILURE, QUEUED, RETRY, REVOKED, STARTED, SUCCESS }
