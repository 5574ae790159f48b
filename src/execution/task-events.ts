import type { Broker, TaskEvent } from '../stores/broker.js'
import type { TaskRecord } from '../model/task-record.js'
import type { Task } from '../model/task.js'
import type { PubSub } from '../stores/pub-sub.js'
import type { Serializer } from '../serializers/serializer.js'
import { decodeTask, encodeTask, taskOfRecord } from '../serializers/task-codec.js'
import type { Logger } from '../logging/logger.js'
import { OutageLog } from '../logging/outage-log.js'
import type { Subscription } from '../util/subscription.js'
import { errorMessage } from '../util/thrown.js'

/** Channel of task events on a {@link PubSub}. */
const CHANNEL = 'task'

/**
 * Task events of one process. The store publishes the events that it records, in order, and only while someone listens. With
 * a rebound `PubSub`, or a data store that is not the message broker, events go through the `PubSub` instead. There the
 * process in which an event happens publishes it.
 */
export class TaskEvents {
  readonly #outage: OutageLog

  constructor(
    private readonly broker: Broker,
    private readonly serializer: Serializer,
    private readonly logger: Logger,
    /** The `PubSub` for task events; null: the broker itself publishes them. */
    private readonly pubsub: PubSub | null,
  ) {
    this.#outage = new OutageLog(logger, 'task events are published again')
  }

  /** Whether this process must publish `queued` and `done` itself. */
  get publishes(): boolean {
    return this.pubsub !== null
  }

  /** Publishes an event of tasks, where the store does not. A failure is only logged, so that no task fails for an event. */
  publish(event: TaskEvent, tasks: readonly Task[]): void {
    if (this.pubsub !== null && tasks.length > 0) void this.#publish(this.pubsub, event, () => tasks)
  }

  /** Announces that tasks have started or progressed. Resolves when the store has done that, or it has failed; never rejects. */
  async announce(queue: string, event: 'started' | 'progress', records: readonly TaskRecord[]): Promise<void> {
    if (records.length === 0) return
    if (this.pubsub === null) await this.#tell(() => this.broker.announce(queue, event, records))
    // Not waited for: the outcomes of runs wait for what is announced here.
    else void this.#publish(this.pubsub, event, () => records.map((record) => taskOfRecord(this.serializer, record)))
  }

  /** Subscribes to the task events of all queues. Events arrive from the moment this resolves. */
  async subscribe(listener: (event: TaskEvent, task: Task) => void): Promise<Subscription> {
    if (this.pubsub === null) {
      return await this.broker.onTaskEvent((event, record) => {
        this.#deliver(() => {
          listener(event, taskOfRecord(this.serializer, record))
        })
      })
    }
    return await this.pubsub.subscribe(CHANNEL, (event, payload) => {
      this.#deliver(() => {
        listener(event as TaskEvent, decodeTask(this.serializer, payload))
      })
    })
  }

  async #publish(pubsub: PubSub, event: TaskEvent, tasks: () => readonly Task[]): Promise<void> {
    await this.#tell(async () => {
      const payloads = tasks().map((task) => encodeTask(this.serializer, task))
      return await pubsub.publish(CHANNEL, event, payloads)
    })
  }

  /** A serializer or `PubSub` of the application may throw at once. */
  async #tell(act: () => Promise<unknown>): Promise<void> {
    try {
      await act()
      this.#outage.succeeded()
    } catch (error) {
      this.#outage.failed(`task events were not published: ${errorMessage(error)}`)
    }
  }

  #deliver(deliver: () => void): void {
    try {
      deliver()
    } catch (error) {
      this.logger.error(`a task event could not be delivered: ${errorMessage(error)}`)
    }
  }
}
