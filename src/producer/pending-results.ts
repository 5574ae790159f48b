import type { Broker, InboxNotice } from '../stores/broker.js'
import { ResultExpiredError, TaskLostError } from '../errors.js'
import type { TaskRecord } from '../model/task-record.js'
import { READY_STATES } from '../model/task-state.js'
import type { Task } from '../model/task.js'
import type { Serializer } from '../serializers/serializer.js'
import { taskOfRecord } from '../serializers/task-codec.js'
import { countOf } from '../util/count-of.js'
import { deferred } from '../util/deferred.js'
import type { Logger } from '../logging/logger.js'
import { OutageLog } from '../logging/outage-log.js'
import type { Subscription } from '../util/subscription.js'
import { errorMessage } from '../util/thrown.js'
import { isGone } from '../stores/is-gone.js'
import { CHUNK_TASKS, RESULT_TTL_FLOOR } from '../stores/policy.js'
import { ShortLivedMap } from '../util/short-lived-map.js'
import { clearInterval, performance, setInterval } from '../util/timers.js'

/** Told of the end of a task. */
export interface EndWaiter {
  resolve(task: Task): void
  reject(reason: unknown): void
}

interface PendingResult {
  readonly id: string
  readonly queue: string
  readonly waiters: EndWaiter[]
  /** Time at which the store last said that the task is live, ms on the monotonic clock; null until it is queued. */
  seen: number | null
}

/** Interval of the look-ups of pending tasks, ms. They find the ends whose notice got lost. */
const LOOK_UP_EVERY = 5_000
/** Queues whose maps are kept though nothing is pending there: a lone call would make one anew each time. */
const MOST_EMPTY = 100

/**
 * The tasks whose ends this process awaits. Created by the producer. The store sends each end to the inbox. After a
 * reconnection, and every five seconds, the tasks that are still pending are looked up, so that no wait hangs. Where the store is gone for
 * good, all of them are rejected with its error.
 */
export class PendingResults {
  /** By queue, and then by id. */
  readonly #pending = new Map<string, ShortLivedMap<string, PendingResult>>()
  #count = 0
  #subscription: Subscription | null = null
  #timer: NodeJS.Timeout | null = null
  #looking = false
  readonly #outage: OutageLog

  constructor(
    private readonly broker: Broker,
    private readonly serializer: Serializer,
    private readonly logger: Logger,
    /** Name of the inbox of this process. */
    readonly inbox: string,
    /** Whether a task of a queue that the store does not know may still come back. */
    private readonly mayComeBack: (queue: string) => boolean,
  ) {
    this.#outage = new OutageLog(logger, 'outstanding tasks are looked up again')
  }

  async open(): Promise<void> {
    this.#subscription = await this.broker.openInbox(this.inbox, (notice) => {
      this.#receive(notice)
    })
  }

  /** Rejects all pending results with `reason`. */
  async close(reason: Error): Promise<void> {
    this.#failAll(this.#all(), reason)
    this.#endLooks()
    await this.#subscription?.close()
  }

  /** Adds a task that is about to be queued with this inbox. The waiter is told when the task is over. */
  expect(id: string, queue: string, waiter: EndWaiter): void {
    let ofQueue = this.#pending.get(queue)
    if (ofQueue === undefined) {
      ofQueue = new ShortLivedMap()
      this.#pending.set(queue, ofQueue)
    }
    const known = ofQueue.get(id)
    if (known !== undefined) {
      known.waiters.push(waiter)
      return
    }
    ofQueue.set(id, { id, queue, waiters: [waiter], seen: null })
    this.#count += 1
    if (this.#count === 1) this.#beginLooks()
  }

  /** Called when the store has the task. @param record - of a task of this id that is over already; null: it is live */
  queued(id: string, queue: string, record: TaskRecord | null): void {
    const pending = this.#find(queue, id)
    if (!pending) return
    pending.seen = performance.now()
    if (record) this.#finish(pending, record)
  }

  /** A task could not be queued, so that this waiter waits no longer. */
  forget(id: string, queue: string, waiter: EndWaiter): void {
    const pending = this.#find(queue, id)
    const at = pending?.waiters.indexOf(waiter) ?? -1
    if (pending === undefined || at < 0) return
    pending.waiters.splice(at, 1)
    if (pending.waiters.length === 0) this.#over(pending)
  }

  /** Waits for the end of a task that was queued before. Rejects when the store has neither the task nor its record. */
  async waitFor(id: string, queue: string): Promise<Task> {
    const end = deferred<Task>()
    // It may be rejected before the store has answered.
    end.promise.catch(() => undefined)
    this.expect(id, queue, end)
    try {
      await this.#ask(queue, [id])
    } catch (error) {
      this.forget(id, queue, end)
      throw error
    }
    return await end.promise
  }

  /** Looks all pending tasks up that the store has once known. */
  lookUp(): void {
    void this.#lookUp(false)
  }

  #find(queue: string, id: string): PendingResult | undefined {
    return this.#pending.get(queue)?.get(id)
  }

  #all(): PendingResult[] {
    return [...this.#pending.values()].flatMap((ofQueue) => ofQueue.values())
  }

  #receive(notice: InboxNotice): void {
    if (notice.kind === 'reconnected') {
      void this.#lookUp(false)
      return
    }
    const unsent = new Set<string>()
    for (const { id, record } of notice.tasks) {
      const pending = record && this.#find(record.header.queue, id)
      if (pending) this.#finish(pending, record)
      else if (record === null) unsent.add(id)
    }
    if (unsent.size > 0) void this.#askAll(this.#all().filter(({ id }) => unsent.has(id)))
  }

  async #lookUp(onlyOld: boolean): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    const before = performance.now() - LOOK_UP_EVERY
    await this.#askAll(this.#all().filter(({ seen }) => seen !== null && (!onlyOld || seen < before)))
    this.#looking = false
  }

  async #askAll(results: readonly PendingResult[]): Promise<void> {
    const byQueue = new Map<string, string[]>()
    for (const { id, queue } of results) {
      const list = byQueue.get(queue)
      if (list) list.push(id)
      else byQueue.set(queue, [id])
    }
    let failure: unknown = null
    for (const [queue, list] of byQueue) {
      for (let i = 0; i < list.length; i += CHUNK_TASKS) {
        if (isGone(failure)) break
        await this.#ask(queue, list.slice(i, i + CHUNK_TASKS)).catch((error: unknown) => {
          failure = isGone(error) ? error : (failure ?? error)
        })
      }
    }
    if (isGone(failure)) this.#giveUp(failure)
    else if (failure !== null) {
      this.#outage.failed(`outstanding tasks could not be looked up, will try again: ${errorMessage(failure)}`)
    } else if (results.length > 0) this.#outage.succeeded()
  }

  /** The store is gone for good. A task that is not queued yet is left to the answer of its own call. */
  #giveUp(failure: unknown): void {
    const results = this.#all().filter(({ seen }) => seen !== null)
    if (results.length === 0) return
    const what = `${countOf(results.length, 'pending task')}: waited for no more, since the store is gone`
    this.logger.error(`${what}: ${errorMessage(failure)}`)
    this.#failAll(results, failure)
  }

  async #ask(queue: string, ids: readonly string[]): Promise<void> {
    const records = await this.broker.get(queue, ids, this.inbox)
    const now = performance.now()
    records.forEach((record, i) => {
      const id = ids[i] ?? ''
      const pending = this.#find(queue, id)
      if (!pending) return
      if (record === null && this.mayComeBack(queue)) pending.seen ??= now
      else if (record === null) {
        const gone = now - (pending.seen ?? now) > RESULT_TTL_FLOOR
        this.#fail(pending, gone ? new ResultExpiredError(id) : new TaskLostError(id))
      } else if (READY_STATES.has(record.header.status)) this.#finish(pending, record)
      else pending.seen = now
    })
  }

  #finish(pending: PendingResult, record: TaskRecord): void {
    let task: Task
    try {
      task = taskOfRecord(this.serializer, record)
    } catch (error) {
      this.#fail(pending, error)
      return
    }
    this.#over(pending)
    for (const waiter of pending.waiters) waiter.resolve(task)
  }

  #failAll(results: readonly PendingResult[], reason: unknown): void {
    for (const pending of results) this.#fail(pending, reason)
  }

  #fail(pending: PendingResult, reason: unknown): void {
    this.#over(pending)
    for (const waiter of pending.waiters) waiter.reject(reason)
  }

  #over({ queue, id }: PendingResult): void {
    const ofQueue = this.#pending.get(queue)
    if (ofQueue?.delete(id) === true) this.#count -= 1
    if (ofQueue?.size === 0 && this.#pending.size > MOST_EMPTY) this.#pending.delete(queue)
    // The timer holds the process open only while a result is pending.
    if (this.#count === 0) this.#timer?.unref()
  }

  /** One timer goes on from result to result: a lone task would set it anew, and clear it. */
  #beginLooks(): void {
    if (this.#timer !== null) {
      this.#timer.ref()
      return
    }
    this.#timer = setInterval(() => {
      if (this.#count === 0) this.#endLooks()
      else void this.#lookUp(true)
    }, LOOK_UP_EVERY)
  }

  #endLooks(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }
}
