import type { Broker, QueueReply, TickReply } from '../stores/broker.js'
import { ClosedError, described, InvalidOptionError } from '../errors.js'
import type { TaskEvents } from '../execution/task-events.js'
import type { JobCatalogue, JobDescription } from '../jobs/loading/job-catalogue.js'
import type { TaskCall } from '../model/task-record.js'
import { taskHeader } from '../model/task-record.js'
import { newTaskId, queueTag } from '../model/task-id.js'
import { Task } from '../model/task.js'
import type { Serializer } from '../serializers/serializer.js'
import { encodeCall, taskFields } from '../serializers/task-codec.js'
import { bounded } from '../util/bounded.js'
import { toError } from '../util/thrown.js'
import type { Logger } from '../logging/logger.js'
import { PendingResults } from './pending-results.js'
import { Outbox } from './outbox.js'
import type { QueueOptions } from '../model/queue-options.js'
import type { CheckedOptions } from './check-options.js'
import { checkOptions } from './check-options.js'
import type { FutureBackend } from './task-future.js'
import { TaskFuture } from './task-future.js'
import { TaskLookup } from './task-lookup.js'

/** What a producer is made of. */
export interface ProducerParts {
  readonly broker: Broker
  readonly serializer: Serializer
  readonly jobs: JobCatalogue
  readonly logger: Logger
  readonly events: TaskEvents
  /** Queue of tasks for which neither the caller nor the job names one. */
  readonly defaultQueue: string
  /** Name of this node, and so of its own queue. */
  readonly nodeName: string
  /** Told of each task that was queued; null: nobody is. */
  readonly onQueued: ((task: Task) => void) | null
}

/** A call that passed its checks. */
interface CheckedCall {
  readonly job: JobDescription
  readonly args: Readonly<Record<string, unknown>>
  readonly options: CheckedOptions
  readonly fromTask: string | null
}

/**
 * Puts tasks into queues and follows them to their ends. Made by the wiring of an app, or by a generated client.
 *
 * 1. `start()` opens its inbox. 2. `queue()` checks the call, encodes the task and hands it to the outbox, which sends
 * everything of one turn together. 3. The store's reply settles a `callback: false` future; the end of the task, told
 * to the inbox, settles the others. 4. `close()` sends what is left and rejects what is still waited for.
 */
export class Producer implements FutureBackend {
  readonly pending: PendingResults
  readonly lookup: TaskLookup
  readonly #outbox: Outbox
  readonly #tags = new Map<string, string>()
  readonly #sending = new Map<string, Promise<unknown>>()
  readonly #checking = new Set<Promise<unknown>>()
  #closed = false

  constructor(readonly parts: ProducerParts) {
    const inbox = newTaskId('').slice(1, 10)
    this.pending = new PendingResults(parts.broker, parts.serializer, parts.logger, inbox)
    this.lookup = new TaskLookup(parts.broker, parts.serializer, parts.defaultQueue)
    this.#outbox = new Outbox(parts.broker)
  }

  /** @throws what the broker throws when it cannot be reached */
  async start(): Promise<void> {
    await this.pending.open()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    // What is still checked is sent after that: it was queued before.
    await Promise.all(this.#checking)
    await this.#outbox.drain()
    await this.pending.close(new ClosedError('producer'))
  }

  /** Queues one task. Never throws: what is wrong rejects the future. */
  queue(
    target: string | object,
    args: CallArguments,
    options: QueueOptions | undefined,
    fromTask: string | null = null,
  ): TaskFuture {
    try {
      if (this.#closed) throw new ClosedError('producer')
      const checked = checkOptions(options)
      const { job, ready } = this.#call(target, args)
      const queue = checked.queue ?? this.queueOf(job)
      const id = checked.id ?? newTaskId(this.#tag(queue))
      if (ready instanceof Promise) {
        const later = ready.then((known) => this.#send(id, queue, { job, args: known, options: checked, fromTask }))
        const check: Promise<unknown> = ready.then(
          () => this.#checking.delete(check),
          () => this.#checking.delete(check),
        )
        this.#checking.add(check)
        return this.#future(id, queue, later)
      }
      return this.#future(id, queue, this.#send(id, queue, { job, args: ready, options: checked, fromTask }))
    } catch (error) {
      const id: unknown = options?.id
      return this.refuse(error, typeof id === 'string' ? id : undefined)
    }
  }

  /** A future that is rejected: nothing was queued. */
  refuse(error: unknown, id = newTaskId('0000')): TaskFuture {
    return this.#future(id, '', Promise.reject(toError(error)))
  }

  /** Queues a task for each of the arguments. What is no list of them rejects the one future. */
  queueMany(target: string | object, argsList: readonly object[], options: QueueOptions | undefined): TaskFuture[] {
    const given: unknown = argsList
    if (!Array.isArray(given)) {
      return [this.refuse(new InvalidOptionError('argsList', 'a list of arguments', described(given)))]
    }
    return argsList.map((args) => this.queue(target, args as CallArguments, options))
  }

  /**
   * Checks a call as `queue()` does.
   *
   * @returns what a worker would get
   * @throws what would reject the future
   */
  async check(target: string | object, args: CallArguments, options: QueueOptions | undefined): Promise<TaskCall> {
    const checked = checkOptions(options)
    const { job, ready } = this.#call(target, args)
    return taskCall({ job, args: await ready, options: checked, fromTask: null })
  }

  /** Resolves when everything that was queued so far is with the store, or was refused. */
  async sent(): Promise<void> {
    while (this.#checking.size + this.#sending.size > 0) {
      await Promise.all([...this.#checking, ...this.#sending.values()])
    }
  }

  /** The queue of a job's tasks where the caller names none. */
  queueOf(job: JobDescription): string {
    return job.defaultQueue ?? this.parts.defaultQueue
  }

  /**
   * Moves a periodic job's schedule on, and queues the task of that tick.
   *
   * @param expected - the last tick as the caller knows it; null: none
   * @param at - the tick, ms since the epoch; the task has it as `meta.tick`
   * @param run - false: the tick is passed over
   */
  async tick(job: JobDescription, expected: number | null, at: number, run: boolean): Promise<TickReply> {
    const { broker, serializer } = this.parts
    const queue = this.queueOf(job)
    const call: TaskCall = { job: job.name, meta: { tick: at } }
    const id = newTaskId(this.#tag(queue))
    const { priority } = job
    const task = { id, body: encodeCall(serializer, call), priority, delay: 0, inbox: null, checkDuplicate: false }
    const reply = await broker.tick(queue, { job: job.name, expected, at, task: run ? task : null })
    if (reply.queued) this.#queued({ id, verdict: 'queued', queuedAt: reply.now, record: null }, queue, call, priority)
    return reply
  }

  /** Drops what waits in a queue. @returns how many tasks */
  async flush(queue: string): Promise<number> {
    return await this.parts.broker.flush(queue, newTaskId(''))
  }

  /** Waits for the end of a task that is somewhere in a queue. */
  async end(id: string, queue: string): Promise<Task> {
    await this.#sending.get(id)
    return await this.pending.follow(id, queue)
  }

  /** @returns true if it changed anything */
  async revoke(id: string, queue: string): Promise<boolean> {
    await this.#sending.get(id)
    return await this.lookup.revokeIn(id, [queue])
  }

  #call(target: string | object, args: CallArguments) {
    const { jobs } = this.parts
    const given: unknown = target
    const isTarget = typeof given === 'string' || typeof given === 'function' || typeof given === 'object'
    if (!isTarget || given === null) {
      throw new InvalidOptionError('job', "a job's name, its class, or what defineJob gave", described(given))
    }
    const job = jobs.describe(typeof target === 'string' ? target : jobs.nameOf(target))
    return { job, ready: job.checkArguments(isList(args) ? job.nameArguments(args) : args) }
  }

  /** Encodes a task and sends it; resolves with what its future stands for. */
  #send(id: string, queue: string, checked: CheckedCall): Promise<Task> {
    const { serializer } = this.parts
    const { job, options } = checked
    const call = taskCall(checked)
    const body = encodeCall(serializer, call)
    const end = options.callback ? this.pending.expect(id, queue) : null
    // Never left unhandled: whoever waits does so through `sent`.
    end?.catch(() => undefined)
    const priority = options.priority ?? job.priority
    const inbox = options.callback ? this.pending.inbox : null
    const sent = new Promise<QueueReply>((resolve, reject) => {
      this.#outbox.put(
        queue,
        { id, body, priority, delay: options.delay, inbox, checkDuplicate: options.id !== null },
        { resolve, reject },
      )
    }).then(
      (reply) => this.#queued(reply, queue, call, priority),
      (error: unknown) => {
        this.pending.drop(id, queue, error)
        throw error
      },
    )
    this.#remember(id, sent)
    return end === null ? sent : sent.then(() => end)
  }

  #remember(id: string, sent: Promise<unknown>): void {
    const quiet = sent.then(
      () => this.#sending.delete(id),
      () => this.#sending.delete(id),
    )
    this.#sending.set(id, quiet)
  }

  /** The store has the task: the task as it stands now. */
  #queued(reply: QueueReply, queue: string, call: TaskCall, priority: number): Task {
    this.pending.queued(reply.id, queue, reply.record)
    const { onQueued, events } = this.parts
    const task = this.#queuedTask(reply, queue, call, priority)
    if (reply.verdict === 'queued') {
      onQueued?.(task)
      if (events.publishes) events.publish('queued', [task])
    }
    return task
  }

  #queuedTask(reply: QueueReply, queue: string, call: TaskCall, priority: number): Task {
    const { id, queuedAt } = reply
    const dueAt = queuedAt + (call.delay ?? 0)
    const task = new Task(taskFields(taskHeader({ id, queue, priority, queuedAt, dueAt }), call, {}))
    Object.defineProperty(task, 'doneCallback', {
      value: {
        wait: async (options) => await bounded(this.end(id, queue), id, options),
      } satisfies Task['doneCallback'],
      enumerable: false,
    })
    return task
  }

  #future(id: string, queue: string, settled: Promise<Task>): TaskFuture {
    return new TaskFuture(
      (resolve, reject) => {
        settled.then(resolve, reject)
      },
      id,
      queue,
      this,
    )
  }

  #tag(queue: string): string {
    let tag = this.#tags.get(queue)
    if (tag === undefined) {
      tag = queueTag(queue)
      this.#tags.set(queue, tag)
    }
    return tag
  }
}

/** Arguments by name, or by position. */
export type CallArguments = Readonly<Record<string, unknown>> | readonly unknown[]

function isList(args: object): args is readonly unknown[] {
  return Array.isArray(args)
}

function taskCall({ job, args, options, fromTask }: CheckedCall): TaskCall {
  const { delay, timeout, expires, meta } = options
  return {
    job: job.name,
    ...(Object.keys(args).length > 0 && { args }),
    ...(delay > 0 && { delay }),
    ...(timeout !== null && { timeout }),
    ...(expires !== null && { expires }),
    ...(meta !== null && { meta }),
    ...(fromTask !== null && { parent: fromTask }),
  }
}
