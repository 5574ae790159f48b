import { isPulsarError } from '../errors.js'
import type { Encoded } from '../model/encoded.js'
import type { TaskFuture } from '../model/task-future.js'
import { rejectFuture, resolveFuture } from '../model/task-future.js'
import type { TaskCall } from '../model/task-record.js'
import type { Task } from '../model/task.js'
import type { QueueReply } from '../stores/broker.js'
import type { OutgoingTask } from './outbox.js'
import type { EndWaiter, PendingResults } from './pending-results.js'

/** The sender as its tasks see it. */
export interface TaskTeller {
  /** Whether this process tells someone of each queued task. */
  readonly tells: boolean
  /** Makes the task that was queued, and tells of it. */
  queued(id: string, queue: string, call: TaskCall, priority: number, queuedAt: number): Task
  /** The task that had the id first. */
  first(reply: QueueReply, queue: string): Promise<Task>
}

/**
 * A task on its way to the store, whose future resolves when it is queued. It is all that a call keeps besides its future: what
 * is alive while calls are under way costs more than anything else there, since the garbage collector moves it.
 */
export class SentTask implements OutgoingTask {
  constructor(
    readonly id: string,
    readonly queue: string,
    protected readonly call: TaskCall,
    readonly body: Encoded,
    readonly priority: number,
    readonly tags: readonly string[],
    readonly checkDuplicate: boolean,
    protected readonly future: TaskFuture,
    protected readonly sender: TaskTeller,
  ) {}

  get job(): string {
    return this.call.job
  }

  get delay(): number {
    return this.call.delay ?? 0
  }

  // eslint-disable-next-line @typescript-eslint/class-literal-property-style -- a field would be one more in each task
  get inbox(): string | null {
    return null
  }

  accepted(reply: QueueReply): void {
    const { id, queue, call, priority, future, sender } = this
    try {
      if (reply.verdict === 'queued') resolveFuture(future, sender.queued(id, queue, call, priority, reply.queuedAt))
      else void this.#first(reply)
    } catch (error) {
      rejectFuture(future, error)
    }
  }

  refused(error: unknown): void {
    rejectFuture(this.future, error)
  }

  async #first(reply: QueueReply): Promise<void> {
    const { queue, future, sender } = this
    try {
      resolveFuture(future, await sender.first(reply, queue))
    } catch (error) {
      rejectFuture(future, error)
    }
  }
}

/** A task whose future resolves when it is over, and the store has answered. */
export class AwaitedTask extends SentTask implements EndWaiter {
  #isAnswered = false
  /** Its end, which may be known before the answer. */
  #end: Task | null = null
  readonly #pending: PendingResults

  constructor(
    id: string,
    queue: string,
    call: TaskCall,
    body: Encoded,
    priority: number,
    tags: readonly string[],
    checkDuplicate: boolean,
    future: TaskFuture,
    sender: TaskTeller,
    pending: PendingResults,
  ) {
    super(id, queue, call, body, priority, tags, checkDuplicate, future, sender)
    this.#pending = pending
  }

  override get inbox(): string | null {
    return this.#pending.inbox
  }

  override accepted({ verdict, queuedAt, record }: QueueReply): void {
    const { id, queue, call, priority, future, sender } = this
    this.#isAnswered = true
    this.#pending.queued(id, queue, record)
    try {
      // The queued task itself is made only where someone is told of it.
      if (verdict === 'queued' && sender.tells) sender.queued(id, queue, call, priority, queuedAt)
      if (this.#end !== null) resolveFuture(future, this.#end)
    } catch (error) {
      rejectFuture(future, error)
    }
  }

  override refused(error: unknown): void {
    const { id, queue, future } = this
    this.#pending.forget(id, queue, this)
    // An answer can be lost for good, and the task be done all the same. A task that is not as durable as was asked for may be lost though
    // it is done.
    if (this.#end !== null && !isPulsarError(error, 'PQ_NOT_DURABLE')) resolveFuture(future, this.#end)
    else rejectFuture(future, error)
  }

  resolve(task: Task): void {
    // The answer says that the id belongs to a task of another job.
    if (task.name !== this.job) return
    this.#end = task
    if (this.#isAnswered) resolveFuture(this.future, task)
  }

  reject(reason: unknown): void {
    rejectFuture(this.future, reason)
  }
}
