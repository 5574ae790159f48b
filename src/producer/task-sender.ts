import { TaskLostError } from '../errors.js'
import type { TaskCall } from '../model/task-record.js'
import type { EndOf, Task } from '../model/task.js'
import { withEnd } from '../model/task.js'
import { encodeChecked, taskOfRecord } from '../serializers/task-codec.js'
import type { Serializer } from '../serializers/serializer.js'
import type { TaskEvents } from '../execution/task-events.js'
import type { Broker, QueueReply } from '../stores/broker.js'
import type { TaskFuture } from '../model/task-future.js'
import type { JobDescription } from '../jobs/loading/job-catalogue.js'
import type { CheckedOptions } from './check-options.js'
import type { SendManySpan, SendSpan, Telemetry } from '../telemetry/telemetry.js'
import type { OutgoingTask } from './outbox.js'
import { Outbox } from './outbox.js'
import type { PendingResults } from './pending-results.js'
import type { RecentTasks } from './recent-tasks.js'
import { queuedTask } from './queued-task.js'
import type { TaskTeller } from './sent-task.js'
import { AwaitedTask, SentTask } from './sent-task.js'
import { TracedTask } from './traced-task.js'

/** Parts of a {@link TaskSender}. */
export interface SenderParts {
  readonly broker: Broker
  readonly serializer: Serializer
  readonly events: TaskEvents
  /** Called with each task that was queued; null: nobody asks. */
  readonly onQueued: ((task: Task) => void) | null
  /** Makes the future of a task's end. */
  readonly endOf: EndOf
  /** Null: nothing is recorded. */
  readonly telemetry?: Telemetry | null | undefined
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
export class TaskSender implements TaskTeller {
  readonly #outbox: Outbox

  constructor(
    private readonly parts: SenderParts,
    private readonly pending: PendingResults,
    recent: RecentTasks,
  ) {
    this.#outbox = new Outbox(parts.broker, recent)
  }

  /**
   * Sends a task. Its future resolves with the finished task; with `callback: false`, with the queued one. Where a task of the
   * same id exists, nothing is queued, and the future is one of that task.
   *
   * @throws {@link SerializationError} at once
   */
  send(
    id: string,
    queue: string,
    call: TaskCall,
    job: JobDescription,
    options: CheckedOptions,
    future: TaskFuture,
    many: SendManySpan | null = null,
  ): void {
    const { telemetry } = this.parts
    const priority = options.priority ?? job.priority
    const span = telemetry ? (many ?? telemetry).send({ id, queue, job: call.job, priority }) : null
    try {
      const carried = span?.carrier === undefined ? call : { carrier: span.carrier, ...call }
      this.#put(id, queue, carried, priority, options, future, span)
    } catch (error) {
      span?.end(error)
      throw error
    }
  }

  #put(
    id: string,
    queue: string,
    call: TaskCall,
    priority: number,
    options: CheckedOptions,
    future: TaskFuture,
    span: SendSpan | null,
  ): void {
    const body = encodeChecked(this.parts.serializer, call)
    const { tags, durability } = options
    const isGiven = options.id !== null
    let task: OutgoingTask
    if (options.callback) {
      const awaited = new AwaitedTask(id, queue, call, body, priority, tags, isGiven, future, this, this.pending)
      this.pending.expect(id, queue, awaited)
      task = awaited
    } else task = new SentTask(id, queue, call, body, priority, tags, isGiven, future, this)
    this.#outbox.put(span === null ? task : new TracedTask(task, span), durability)
  }

  /** Whether this process tells someone of each queued task. */
  get tells(): boolean {
    return this.parts.onQueued !== null || this.parts.events.publishes
  }

  /** Makes the task that was queued, calls `onQueued` and publishes the event. */
  queued(id: string, queue: string, call: TaskCall, priority: number, queuedAt: number): Task {
    const { onQueued, events, endOf } = this.parts
    const task = withEnd(queuedTask(id, queue, call, priority, queuedAt), endOf)
    onQueued?.(task)
    if (events.publishes) events.publish('queued', [task])
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

  /** Sends the tasks that are left now. */
  flush(): void {
    this.#outbox.flush()
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
