import { IdInUseError } from '../errors.js'
import type { DurabilityName } from '../model/durability.js'
import type { Broker, NewTask, QueueReply } from '../stores/broker.js'
import type { Deferred } from '../util/deferred.js'
import { deferred } from '../util/deferred.js'
import { LARGE_PAYLOAD } from '../stores/policy.js'
import { nextTick } from '../util/timers.js'
import type { RecentTasks } from './recent-tasks.js'

/** Most tasks of one call, and most bytes of their bodies. The store works on the first ones while this process makes the next ones. */
const SENT_TOGETHER = 200
const SENT_BYTES = 128 * 1024

/** A task to send, which is told what the store answers. Neither method may throw. */
export interface OutgoingTask extends NewTask {
  readonly queue: string
  accepted(reply: QueueReply): void
  refused(error: unknown): void
}

/** Tasks that go together, or have gone. */
interface Batch {
  readonly queue: string
  /** Null: that of the store. */
  readonly durability: DurabilityName | null
  readonly tasks: OutgoingTask[]
  bytes: number
  /** Resolves when it was answered; null while nobody waits for that. */
  answered: Deferred<void> | null
  /** Ids of its tasks, once somebody has looked for one. */
  ids: Set<string> | null
  /** Its place among those that are under way. */
  place: number
}

/**
 * Gathers the tasks of one turn of the event loop, and sends them with one call for each queue and durability. Created by the task sender.
 * They are sent at the end of the same turn, so a lone task is not delayed.
 */
export class Outbox {
  /** Not sent yet, by queue, and by durability where it is not that of the store. */
  #batches = new Map<string, Batch>()
  #scheduled = false
  /** Whether one of them has a durability of its own. */
  #hasOther = false
  /** In no order. A list, since the tables of a `Set` would keep its batches until the next major collection, see `ShortLivedMap`. */
  readonly #underWay: Batch[] = []

  constructor(
    private readonly broker: Broker,
    private readonly recent: RecentTasks,
  ) {}

  put(task: OutgoingTask, durability: DurabilityName | null): void {
    const { queue } = task
    // No durability has a line break.
    const key = durability === null ? queue : `${durability}\n${queue}`
    if (task.checkDuplicate && (durability !== null || this.#hasOther)) this.#sendOthers(queue, key)
    if (task.body.length >= LARGE_PAYLOAD) {
      // By itself: small ones would wait for it.
      this.#sendBatch(key)
      void this.#send(newBatch(queue, durability, [task], task.body.length))
      return
    }
    let batch = this.#batches.get(key)
    if (batch === undefined) {
      batch = newBatch(queue, durability, [], 0)
      this.#batches.set(key, batch)
      this.#hasOther ||= durability !== null
    }
    batch.tasks.push(task)
    batch.bytes += task.body.length
    batch.ids?.add(task.id)
    if (batch.tasks.length >= SENT_TOGETHER || batch.bytes >= SENT_BYTES) {
      this.#sendBatch(key)
    } else if (!this.#scheduled) {
      this.#scheduled = true
      // A `nextTick` that a promise's continuation sets runs after all continuations of this turn, and so sends all tasks.
      nextTick(() => {
        this.#flush()
      })
    }
  }

  /** Whether the store has not answered to a task yet. */
  get isBusy(): boolean {
    return this.#batches.size + this.#underWay.length > 0
  }

  /** Resolves when the store has accepted or refused a task, and it was told. */
  async whenAnswered(queue: string, id: string): Promise<void> {
    for (const batch of [...this.#underWay, ...this.#batches.values()]) {
      if (batch.queue !== queue) continue
      batch.ids ??= new Set(batch.tasks.map((task) => task.id))
      // Two tasks with the same id of the caller's may be under way at once.
      if (batch.ids.has(id)) await (batch.answered ??= deferred()).promise
    }
  }

  /** Sends what is left. Resolves when the store has accepted or refused every task that was put in so far. */
  async drain(): Promise<void> {
    this.#flush()
    await Promise.all([...this.#underWay].map((batch) => (batch.answered ??= deferred()).promise))
  }

  /** Sends what is left now, so that calls which follow come behind it. */
  flush(): void {
    if (this.#batches.size > 0) this.#flush()
  }

  #flush(): void {
    this.#scheduled = false
    this.#hasOther = false
    const batches = this.#batches
    // Another one, for the same reason as the list of those under way.
    this.#batches = new Map()
    for (const batch of batches.values()) void this.#send(batch)
  }

  /** A task of theirs may have the same id as one that follows, and the first one counts. */
  #sendOthers(queue: string, key: string): void {
    for (const [other, batch] of this.#batches) if (batch.queue === queue && other !== key) this.#sendBatch(other)
  }

  #sendBatch(key: string): void {
    const batch = this.#batches.get(key)
    if (batch === undefined) return
    this.#batches.delete(key)
    void this.#send(batch)
  }

  /** Never rejects. */
  async #send(batch: Batch): Promise<void> {
    const { queue, durability, tasks } = batch
    batch.place = this.#underWay.push(batch) - 1
    try {
      this.#tell(batch, await this.broker.queue(queue, tasks, durability ?? undefined))
    } catch (error) {
      for (const task of tasks) task.refused(error)
    } finally {
      this.#answered(batch)
    }
  }

  #answered(batch: Batch): void {
    const last = this.#underWay.pop()
    if (last !== undefined && last !== batch) {
      this.#underWay[batch.place] = last
      last.place = batch.place
    }
    batch.answered?.resolve()
  }

  #tell({ queue, tasks, bytes }: Batch, replies: readonly QueueReply[]): void {
    const isRefused = (task: OutgoingTask, i: number): boolean => {
      const reply = replies[i]
      return reply !== undefined && isOfOtherJob(reply, task)
    }
    // What was refused is not queued again after a failover.
    const accepted = tasks.some(isRefused) ? tasks.filter((task, i) => !isRefused(task, i)) : tasks
    this.recent.add(queue, accepted, bytes)
    for (let i = 0; i < tasks.length; i++) {
      const reply = replies[i]
      const task = tasks[i]
      if (!reply) task?.refused(tooFew(replies.length, tasks.length))
      else if (task && isOfOtherJob(reply, task)) task.refused(new IdInUseError(reply.id, queue, task.job, reply.job))
      else task?.accepted(reply)
    }
  }
}

/** Whether the id belongs to a task of another job, whose result is not what the caller waits for. */
function isOfOtherJob(reply: QueueReply, { job }: OutgoingTask): reply is QueueReply & { readonly job: string } {
  return reply.job !== undefined && reply.job !== job
}

function tooFew(replies: number, tasks: number): TypeError {
  return new TypeError(`the broker gave ${String(replies)} replies for ${String(tasks)} tasks`)
}

function newBatch(queue: string, durability: DurabilityName | null, tasks: OutgoingTask[], bytes: number): Batch {
  return { queue, durability, tasks, bytes, answered: null, ids: null, place: -1 }
}
