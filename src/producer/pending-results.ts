import type { Broker, InboxNotice } from '../stores/broker.js'
import { ResultExpiredError, TaskLostError } from '../errors.js'
import type { TaskRecord } from '../model/task-record.js'
import { READY_STATES } from '../model/task-state.js'
import type { Task } from '../model/task.js'
import type { Serializer } from '../serializers/serializer.js'
import { taskOfRecord } from '../serializers/task-codec.js'
import type { Deferred } from '../util/deferred.js'
import { deferred } from '../util/deferred.js'
import type { Logger } from '../logging/logger.js'
import { SharedOutageLog } from '../logging/shared-outage-log.js'
import type { Subscription } from '../util/subscription.js'
import { errorMessage } from '../util/thrown.js'
import { CHUNK_TASKS, RESULT_TTL_FLOOR } from '../stores/policy.js'
import { clearInterval, performance, setInterval } from '../util/timers.js'

interface PendingResult {
  readonly id: string
  readonly queue: string
  readonly end: Deferred<Task>
  /** Time at which the store last said that the task is live, ms on the monotonic clock; null until it is queued. */
  seen: number | null
}

/** Interval of the look-ups of pending tasks, ms. They find the ends whose notice got lost. */
const LOOK_UP_EVERY = 5_000

/**
 * The tasks whose ends this process awaits. Created by the producer. The store sends each end to the inbox. After a
 * reconnection, and every five seconds, the tasks that are still pending are looked up, so that no wait hangs.
 */
export class PendingResults {
  /** By queue and id, since an id is unique in its queue only. */
  readonly #pending = new Map<string, PendingResult>()
  #subscription: Subscription | null = null
  #timer: NodeJS.Timeout | null = null
  #looking = false
  /** Of the queues that are asked, by name. */
  readonly #outage: SharedOutageLog

  constructor(
    private readonly broker: Broker,
    private readonly serializer: Serializer,
    logger: Logger,
    /** Name of the inbox of this process. */
    readonly inbox: string,
  ) {
    this.#outage = new SharedOutageLog(logger, 'outstanding tasks are looked up again')
  }

  async open(): Promise<void> {
    this.#subscription = await this.broker.openInbox(this.inbox, (notice) => {
      this.#receive(notice)
    })
  }

  /** Rejects all pending results with `reason`. */
  async close(reason: Error): Promise<void> {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
    const results = [...this.#pending.values()]
    this.#pending.clear()
    for (const pending of results) pending.end.reject(reason)
    await this.#subscription?.close()
  }

  /** Adds a task that is about to be queued with this inbox. The promise settles when the task is over. */
  expect(id: string, queue: string): Promise<Task> {
    const known = this.#pending.get(keyOf(queue, id))
    if (known) return known.end.promise
    const pending: PendingResult = { id, queue, end: deferred<Task>(), seen: null }
    this.#pending.set(keyOf(queue, id), pending)
    this.#timer ??= setInterval(() => {
      void this.#lookUp(true)
    }, LOOK_UP_EVERY)
    return pending.end.promise
  }

  /** Called when the store has the task. @param record - of a task of this id that is over already; null: it is live */
  queued(id: string, queue: string, record: TaskRecord | null): void {
    const pending = this.#pending.get(keyOf(queue, id))
    if (!pending) return
    pending.seen = performance.now()
    if (record) this.#finish(pending, record)
  }

  /** Rejects the pending result of a task that could not be queued. */
  drop(id: string, queue: string, reason: unknown): void {
    const pending = this.#pending.get(keyOf(queue, id))
    if (pending) this.#fail(pending, reason)
  }

  /** Waits for the end of a task that was queued before. Rejects when the store has neither the task nor its record. */
  async waitFor(id: string, queue: string): Promise<Task> {
    const end = this.expect(id, queue)
    end.catch(() => undefined)
    try {
      await this.#ask(queue, [id])
    } catch (error) {
      this.drop(id, queue, error)
    }
    return await end
  }

  #receive(notice: InboxNotice): void {
    if (notice.kind === 'reconnected') {
      void this.#lookUp(false)
      return
    }
    const unsent = new Set<string>()
    for (const { id, record } of notice.tasks) {
      const pending = record && this.#pending.get(keyOf(record.header.queue, id))
      if (pending) this.#finish(pending, record)
      else if (record === null) unsent.add(id)
    }
    if (unsent.size > 0) void this.#askAll([...this.#pending.values()].filter(({ id }) => unsent.has(id)))
  }

  async #lookUp(onlyOld: boolean): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    const before = performance.now() - LOOK_UP_EVERY
    await this.#askAll([...this.#pending.values()].filter(({ seen }) => seen !== null && (!onlyOld || seen < before)))
    this.#looking = false
  }

  async #askAll(results: readonly PendingResult[]): Promise<void> {
    const byQueue = new Map<string, string[]>()
    for (const { id, queue } of results) {
      const list = byQueue.get(queue)
      if (list) list.push(id)
      else byQueue.set(queue, [id])
    }
    this.#outage.keep((name) => [...this.#pending.values()].some(({ queue }) => queue === name))
    for (const [queue, list] of byQueue) {
      for (let i = 0; i < list.length; i += CHUNK_TASKS) {
        await this.#ask(queue, list.slice(i, i + CHUNK_TASKS)).catch((error: unknown) => {
          this.#outage.failed(queue, `outstanding tasks could not be looked up, will try again: ${errorMessage(error)}`)
        })
      }
    }
  }

  async #ask(queue: string, ids: readonly string[]): Promise<void> {
    const records = await this.broker.get(queue, ids, this.inbox)
    this.#outage.succeeded(queue)
    const now = performance.now()
    records.forEach((record, i) => {
      const id = ids[i] ?? ''
      const pending = this.#pending.get(keyOf(queue, id))
      if (!pending) return
      if (record === null) {
        const gone = now - (pending.seen ?? now) > RESULT_TTL_FLOOR
        this.#fail(pending, gone ? new ResultExpiredError(id) : new TaskLostError(id))
      } else if (READY_STATES.has(record.header.status)) this.#finish(pending, record)
      else pending.seen = now
    })
  }

  #finish(pending: PendingResult, record: TaskRecord): void {
    try {
      const task = taskOfRecord(this.serializer, record)
      this.#over(pending)
      pending.end.resolve(task)
    } catch (error) {
      this.#fail(pending, error)
    }
  }

  #fail(pending: PendingResult, reason: unknown): void {
    this.#over(pending)
    // Where nobody waits for the result, the rejection must not count as unhandled.
    pending.end.promise.catch(() => undefined)
    pending.end.reject(reason)
  }

  #over({ queue, id }: PendingResult): void {
    this.#pending.delete(keyOf(queue, id))
    // The timer holds the process open only while a result is pending.
    if (this.#pending.size === 0 && this.#timer) {
      clearInterval(this.#timer)
      this.#timer = null
    }
  }
}

function keyOf(queue: string, id: string): string {
  return `${String(id.length)} ${id}${queue}`
}
