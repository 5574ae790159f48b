import type { Broker, InboxNotice } from '../stores/broker.js'
import { ResultExpiredError, TaskLostError } from '../errors.js'
import type { TaskRecord } from '../model/task-record.js'
import type { Task } from '../model/task.js'
import type { Serializer } from '../serializers/serializer.js'
import { taskOfRecord } from '../serializers/task-codec.js'
import type { Deferred } from '../util/deferred.js'
import { deferred } from '../util/deferred.js'
import type { Logger } from '../logging/logger.js'
import type { Subscription } from '../util/subscription.js'
import { errorMessage } from '../util/thrown.js'
import { CHUNK_TASKS, RESULT_TTL_FLOOR } from '../stores/policy.js'

interface Follow {
  readonly id: string
  readonly queue: string
  readonly end: Deferred<Task>
  /** Time at which the store last said that the task is live, ms on the monotonic clock; null until it is queued. */
  seen: number | null
}

/** Interval of the look-ups of pending tasks, ms. They find the ends whose notice got lost. */
const LOOK_UP_EVERY = 5_000

/**
 * The tasks whose ends this process waits for. Made by the producer. The store tells the inbox of each end. After a
 * reconnection, and every five seconds, tasks that are still pending are looked up, so that no wait hangs.
 */
export class PendingResults {
  /** By queue and id: an id is unique in its queue alone. */
  readonly #follows = new Map<string, Follow>()
  #subscription: Subscription | null = null
  #timer: NodeJS.Timeout | null = null
  #looking = false

  constructor(
    private readonly broker: Broker,
    private readonly serializer: Serializer,
    private readonly logger: Logger,
    /** The name under which the store reaches this process. */
    readonly inbox: string,
  ) {}

  async open(): Promise<void> {
    this.#subscription = await this.broker.openInbox(this.inbox, (notice) => {
      this.#receive(notice)
    })
  }

  /** Rejects all pending results with `reason`. */
  async close(reason: Error): Promise<void> {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
    const follows = [...this.#follows.values()]
    this.#follows.clear()
    for (const follow of follows) follow.end.reject(reason)
    await this.#subscription?.close()
  }

  /** Follows a task that is about to be queued with this inbox. The promise settles when the task is over. */
  expect(id: string, queue: string): Promise<Task> {
    const known = this.#follows.get(keyOf(queue, id))
    if (known) return known.end.promise
    const follow: Follow = { id, queue, end: deferred<Task>(), seen: null }
    this.#follows.set(keyOf(queue, id), follow)
    this.#timer ??= setInterval(() => {
      void this.#lookUp(true)
    }, LOOK_UP_EVERY)
    return follow.end.promise
  }

  /** The store took the task in, or had it before. `record` is given when the task was over by then. */
  queued(id: string, queue: string, record: TaskRecord | null): void {
    const follow = this.#follows.get(keyOf(queue, id))
    if (!follow) return
    follow.seen = performance.now()
    if (record) this.#finish(follow, record)
  }

  /** The task could not be queued: rejects its pending result. */
  drop(id: string, queue: string, reason: unknown): void {
    const follow = this.#follows.get(keyOf(queue, id))
    if (follow) this.#fail(follow, reason)
  }

  /** Follows a task that is in its queue already. Rejects when the store has neither the task nor its record. */
  async follow(id: string, queue: string): Promise<Task> {
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
      const follow = record && this.#follows.get(keyOf(record.header.queue, id))
      if (follow) this.#finish(follow, record)
      else if (record === null) unsent.add(id)
    }
    if (unsent.size > 0) void this.#askAll([...this.#follows.values()].filter(({ id }) => unsent.has(id)))
  }

  async #lookUp(onlyOld: boolean): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    const before = performance.now() - LOOK_UP_EVERY
    await this.#askAll([...this.#follows.values()].filter(({ seen }) => seen !== null && (!onlyOld || seen < before)))
    this.#looking = false
  }

  async #askAll(follows: readonly Follow[]): Promise<void> {
    const byQueue = new Map<string, string[]>()
    for (const { id, queue } of follows) {
      const list = byQueue.get(queue)
      if (list) list.push(id)
      else byQueue.set(queue, [id])
    }
    for (const [queue, list] of byQueue) {
      for (let i = 0; i < list.length; i += CHUNK_TASKS) {
        await this.#ask(queue, list.slice(i, i + CHUNK_TASKS)).catch((error: unknown) => {
          this.logger.warn(`outstanding tasks could not be looked up, will try again: ${errorMessage(error)}`)
        })
      }
    }
  }

  async #ask(queue: string, ids: readonly string[]): Promise<void> {
    const records = await this.broker.get(queue, ids, this.inbox)
    const now = performance.now()
    records.forEach((record, i) => {
      const id = ids[i] ?? ''
      const follow = this.#follows.get(keyOf(queue, id))
      if (!follow) return
      if (record === null) {
        const gone = now - (follow.seen ?? now) > RESULT_TTL_FLOOR
        this.#fail(follow, gone ? new ResultExpiredError(id) : new TaskLostError(id))
      } else if (record.header.endedAt > 0) this.#finish(follow, record)
      else follow.seen = now
    })
  }

  #finish(follow: Follow, record: TaskRecord): void {
    try {
      const task = taskOfRecord(this.serializer, record)
      this.#over(follow)
      follow.end.resolve(task)
    } catch (error) {
      this.#fail(follow, error)
    }
  }

  #fail(follow: Follow, reason: unknown): void {
    this.#over(follow)
    // The caller may not have waited for the result: then the rejection is nobody's to handle.
    follow.end.promise.catch(() => undefined)
    follow.end.reject(reason)
  }

  #over({ queue, id }: Follow): void {
    this.#follows.delete(keyOf(queue, id))
    // The timer holds the process open only while a result is pending.
    if (this.#follows.size === 0 && this.#timer) {
      clearInterval(this.#timer)
      this.#timer = null
    }
  }
}

function keyOf(queue: string, id: string): string {
  return `${String(id.length)} ${id}${queue}`
}
