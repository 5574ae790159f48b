import { TaskLostError } from '../errors.js'
import { taskHeader } from '../model/task-record.js'
import type { TaskCall } from '../model/task-record.js'
import type { EndOf } from '../model/task.js'
import { Task, withEnd } from '../model/task.js'
import { encodeCall, taskFields, taskOfRecord } from '../serializers/task-codec.js'
import type { Serializer } from '../serializers/serializer.js'
import type { TaskEvents } from '../execution/task-events.js'
import type { Broker, QueueReply } from '../stores/broker.js'
import type { TaskFuture } from '../model/task-future.js'
import { rejectFuture, resolveFuture } from '../model/task-future.js'
import type { CheckedCall } from './checked-call.js'
import { taskCall } from './checked-call.js'
import type { Receipt } from './outbox.js'
import { Outbox } from './outbox.js'
import type { EndWaiter, PendingResults } from './pending-results.js'

/** Parts of a {@link TaskSender}. */
export interface SenderParts {
  readonly broker: Broker
  readonly serializer: Serializer
  readonly events: TaskEvents
  /** Called with each task that was queued; null: nobody asks. */
  readonly onQueued: ((task: Task) => void) | null
  /** Makes the future of a task's end. */
  readonly endOf: EndOf
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
 * event `queued` is published. The future of a refused task is rejected.
 */
export class TaskSender {
  readonly #outbox: Outbox

  constructor(
    private readonly parts: SenderParts,
    private readonly pending: PendingResults,
  ) {
    this.#outbox = new Outbox(parts.broker)
  }

  /**
   * Sends a task. Its future resolves with the finished task; with `callback: false`, with the queued one. Where a task of the
   * same id exists, nothing is queued, and the future is one of that task.
   *
   * @throws {@link SerializationError} at once
   */
  send({ id, queue }: TaskAddress, checked: CheckedCall, future: TaskFuture): void {
    const { job, options } = checked
    const call = taskCall(checked)
    const body = encodeCall(this.parts.serializer, call)
    const priority = options.priority ?? job.priority
    const sent = { call, queue, priority, future }
    const receipt = options.callback ? this.#awaited(id, sent) : new SentTask(this, sent)
    const task = {
      id,
      job: call.job,
      tags: NO_TAGS,
      body,
      priority,
      delay: options.delay,
      inbox: options.callback ? this.pending.inbox : null,
      checkDuplicate: options.id !== null,
    }
    this.#outbox.put(queue, task, receipt)
  }

  #awaited(id: string, sent: Sent): AwaitedTask {
    const awaited = new AwaitedTask(this, this.pending, id, sent)
    this.pending.expect(id, sent.queue, awaited)
    return awaited
  }

  /** Whether this process tells someone of each queued task. */
  get tells(): boolean {
    return this.parts.onQueued !== null || this.parts.events.publishes
  }

  /** Makes the queued task from the store's reply, calls `onQueued` and publishes the event. */
  queued({ id, verdict, queuedAt }: QueueReply, queue: string, call: TaskCall, priority: number): Task {
    const { onQueued, events, endOf } = this.parts
    const dueAt = queuedAt + (call.delay ?? 0)
    const header = taskHeader({ id, queue, job: call.job, priority, queuedAt, dueAt })
    const task = withEnd(new Task(taskFields(header, call, {})), endOf)
    if (verdict === 'queued') {
      onQueued?.(task)
      if (events.publishes) events.publish('queued', [task])
    }
    return task
  }

  /** The task that had the id first. @throws {@link TaskLostError} where it is gone meanwhile */
  async first({ id, record }: QueueReply, queue: string): Promise<Task> {
    const { broker, serializer, endOf } = this.parts
    const found = record ?? (await broker.get(queue, [id]))[0]
    if (!found) throw new TaskLostError(id)
    return withEnd(taskOfRecord(serializer, found), endOf)
  }

  /** Waits for the end of a task that is queued, or is being sent to its queue. */
  async end({ id, queue }: TaskAddress): Promise<Task> {
    await this.#outbox.whenAnswered(queue, id)
    return await this.pending.waitFor(id, queue)
  }

  /** Resolves when the store has accepted or refused a task. */
  async whenAnswered({ id, queue }: TaskAddress): Promise<void> {
    await this.#outbox.whenAnswered(queue, id)
  }

  /** Whether the store has neither accepted nor refused a task yet. */
  get isBusy(): boolean {
    return this.#outbox.isBusy
  }

  /** Sends the tasks that are left. Resolves when the store has accepted or refused all of them. */
  async drain(): Promise<void> {
    await this.#outbox.drain()
  }
}

const NO_TAGS: readonly string[] = []

/** A task that was sent, and its future. */
interface Sent {
  readonly call: TaskCall
  readonly queue: string
  readonly priority: number
  readonly future: TaskFuture
}

/** A task whose future resolves when it is queued. */
class SentTask implements Receipt {
  constructor(
    private readonly sender: TaskSender,
    private readonly sent: Sent,
  ) {}

  queued(reply: QueueReply): void {
    const { call, queue, priority, future } = this.sent
    try {
      const task = this.sender.queued(reply, queue, call, priority)
      if (reply.verdict === 'queued') resolveFuture(future, task)
      else void this.#first(reply)
    } catch (error) {
      rejectFuture(future, error)
    }
  }

  refused(error: unknown): void {
    rejectFuture(this.sent.future, error)
  }

  async #first(reply: QueueReply): Promise<void> {
    const { queue, future } = this.sent
    try {
      resolveFuture(future, await this.sender.first(reply, queue))
    } catch (error) {
      rejectFuture(future, error)
    }
  }
}

/** A task whose future resolves when it is over, and the store has answered. */
class AwaitedTask implements Receipt, EndWaiter {
  #isAnswered = false
  /** Its end, which may be known before the answer. */
  #end: Task | null = null

  constructor(
    private readonly sender: TaskSender,
    private readonly pending: PendingResults,
    private readonly id: string,
    private readonly sent: Sent,
  ) {}

  queued(reply: QueueReply): void {
    const { call, queue, priority, future } = this.sent
    this.#isAnswered = true
    this.pending.queued(reply.id, queue, reply.record)
    try {
      // The queued task itself is made only where someone is told of it.
      if (reply.verdict === 'queued' && this.sender.tells) this.sender.queued(reply, queue, call, priority)
      if (this.#end !== null) resolveFuture(future, this.#end)
    } catch (error) {
      rejectFuture(future, error)
    }
  }

  refused(error: unknown): void {
    const { queue, future } = this.sent
    this.pending.forget(this.id, queue, this)
    // An answer can be lost for good, and the task be done all the same.
    if (this.#end !== null) resolveFuture(future, this.#end)
    else rejectFuture(future, error)
  }

  resolve(task: Task): void {
    this.#end = task
    if (this.#isAnswered) resolveFuture(this.sent.future, task)
  }

  reject(reason: unknown): void {
    rejectFuture(this.sent.future, reason)
  }
}
