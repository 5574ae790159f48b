import { TaskLostError } from '../errors.js'
import { taskHeader } from '../model/task-record.js'
import type { TaskCall } from '../model/task-record.js'
import { Task } from '../model/task.js'
import { encodeCall, taskFields, taskOfRecord } from '../serializers/task-codec.js'
import type { Serializer } from '../serializers/serializer.js'
import type { TaskEvents } from '../execution/task-events.js'
import type { Broker, QueueReply } from '../stores/broker.js'
import type { TaskFuture } from '../model/task-future.js'
import type { CheckedCall } from './checked-call.js'
import { taskCall } from './checked-call.js'
import { Outbox } from './outbox.js'
import type { PendingResults } from './pending-results.js'

/** Parts of a {@link TaskSender}. */
export interface SenderParts {
  readonly broker: Broker
  readonly serializer: Serializer
  readonly events: TaskEvents
  /** Called with each task that was queued; null: nobody asks. */
  readonly onQueued: ((task: Task) => void) | null
  /** Makes the future of a task's end. */
  readonly endFuture: (id: string, queue: string) => TaskFuture
}

/** Id and queue of a task. An id is unique in its queue only. */
export interface TaskAddress {
  readonly id: string
  readonly queue: string
}

/**
 * Sends checked calls to the store as tasks. Created by the producer.
 *
 * `send()` encodes the task and puts it into the outbox. When the store's reply has arrived, `onQueued` is called, and the
 * event `queued` is published. The pending result of a refused task is rejected.
 */
export class TaskSender {
  readonly #outbox: Outbox
  /** Tasks that the store has neither accepted nor refused yet, by queue and id. */
  readonly #unanswered = new Map<string, Promise<unknown>>()

  constructor(
    private readonly parts: SenderParts,
    private readonly pending: PendingResults,
  ) {
    this.#outbox = new Outbox(parts.broker)
  }

  /**
   * Sends a task. Resolves with the finished task; with `callback: false`, with the queued one. Where a task of the same id
   * exists, nothing is queued, and the promise is one of that task.
   *
   * @throws {@link SerializationError} at once
   */
  send(address: TaskAddress, checked: CheckedCall): Promise<Task> {
    const { id, queue } = address
    const { job, options } = checked
    const call = taskCall(checked)
    const body = encodeCall(this.parts.serializer, call)
    const end = options.callback ? this.pending.expect(id, queue) : null
    // Where the store refuses the task, both promises reject. The caller gets the one of the reply; this one is handled here.
    end?.catch(() => undefined)
    const priority = options.priority ?? job.priority
    const inbox = options.callback ? this.pending.inbox : null
    const task = {
      id,
      job: call.job,
      tags: [],
      body,
      priority,
      delay: options.delay,
      inbox,
      checkDuplicate: options.id !== null,
    }
    const answered = this.#outbox.put(queue, task)
    const refused = (error: unknown): never => {
      this.pending.drop(id, queue, error)
      throw error
    }
    if (end === null) {
      const queued = answered.then((reply) => {
        const sent = this.queued(reply, queue, call, priority)
        return reply.verdict === 'duplicate' ? this.#first(address, reply) : sent
      }, refused)
      this.#remember(address, queued)
      return queued
    }
    const accepted = answered.then((reply) => {
      // The queued task itself is made only where someone is told of it.
      if (this.#tells) this.queued(reply, queue, call, priority)
      else this.pending.queued(id, queue, reply.record)
    }, refused)
    this.#remember(address, accepted)
    return accepted.then(() => end)
  }

  /** Whether this process tells someone of each queued task. */
  get #tells(): boolean {
    return this.parts.onQueued !== null || this.parts.events.publishes
  }

  /** Makes the queued task from the store's reply, calls `onQueued` and publishes the event. */
  queued(reply: QueueReply, queue: string, call: TaskCall, priority: number): Task {
    this.pending.queued(reply.id, queue, reply.record)
    const { onQueued, events } = this.parts
    const task = this.#queuedTask(reply, queue, call, priority)
    if (reply.verdict === 'queued') {
      onQueued?.(task)
      if (events.publishes) events.publish('queued', [task])
    }
    return task
  }

  /** Waits for the end of a task that is queued, or is being sent to its queue. */
  async end(address: TaskAddress): Promise<Task> {
    await this.whenAnswered(address)
    return await this.pending.waitFor(address.id, address.queue)
  }

  /** Resolves when the store has accepted or refused a task. */
  async whenAnswered({ id, queue }: TaskAddress): Promise<void> {
    await this.#unanswered.get(keyOf(queue, id))
  }

  /** A promise for each task that the store has neither accepted nor refused yet. */
  get unanswered(): readonly Promise<unknown>[] {
    return [...this.#unanswered.values()]
  }

  /** Sends the tasks that are left. Resolves when the store has accepted or refused all of them. */
  async drain(): Promise<void> {
    await this.#outbox.drain()
  }

  #remember({ id, queue }: TaskAddress, queued: Promise<unknown>): void {
    const key = keyOf(queue, id)
    const answered = queued.then(forget, forget)
    const unanswered = this.#unanswered
    unanswered.set(key, answered)
    // Two tasks with the same id of the caller's may be under way at once.
    function forget(): void {
      if (unanswered.get(key) === answered) unanswered.delete(key)
    }
  }

  /** The task that had the id first. @throws {@link TaskLostError} where it is gone meanwhile */
  async #first({ id, queue }: TaskAddress, { record }: QueueReply): Promise<Task> {
    const { broker, serializer } = this.parts
    const found = record ?? (await broker.get(queue, [id]))[0]
    if (!found) throw new TaskLostError(id)
    return this.#withEnd(taskOfRecord(serializer, found))
  }

  #queuedTask(reply: QueueReply, queue: string, call: TaskCall, priority: number): Task {
    const { id, queuedAt } = reply
    const dueAt = queuedAt + (call.delay ?? 0)
    return this.#withEnd(
      new Task(taskFields(taskHeader({ id, queue, job: call.job, priority, queuedAt, dueAt }), call, {})),
    )
  }

  /** Adds `doneCallback` to a task, so that its owner can wait for its end. */
  #withEnd(task: Task): Task {
    const value = this.parts.endFuture(task.id, task.queue ?? '')
    Object.defineProperty(task, 'doneCallback', { value, enumerable: false })
    return task
  }
}

function keyOf(queue: string, id: string): string {
  return `${String(id.length)} ${id}${queue}`
}
