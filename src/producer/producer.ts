import { ClosedError, InvalidOptionError, described } from '../errors.js'
import type { LocalExecution } from '../execution/local-execution.js'
import type { TaskEvents } from '../execution/task-events.js'
import type { JobCatalogue, JobDescription } from '../jobs/loading/job-catalogue.js'
import type { Logger } from '../logging/logger.js'
import { isDurability, listed } from '../model/durability.js'
import type { QueueOptions } from '../model/queue-options.js'
import { givenId, newTaskId, queueTag, tickTaskId } from '../model/task-id.js'
import type { Task } from '../model/task.js'
import { withEnd } from '../model/task.js'
import type { Serializer } from '../serializers/serializer.js'
import { encodeCall } from '../serializers/task-codec.js'
import type { Broker, LastTick, QueueReply, Tick, TickReply } from '../stores/broker.js'
import type { SendManySpan, Telemetry } from '../telemetry/telemetry.js'
import { droppable } from '../util/droppable.js'
import { errorMessage, toError } from '../util/thrown.js'
import type { CheckedOptions } from './check-options.js'
import { checkOptions, NO_OPTIONS } from './check-options.js'
import type { ArgumentsByName, CallArguments, CheckedTarget } from './checked-call.js'
import { checkTarget, taskCall } from './checked-call.js'
import { PendingResults } from './pending-results.js'
import { RecentTasks } from './recent-tasks.js'
import { QueueControl } from './queue-control.js'
import type { FutureBackend, TaskFuture } from '../model/task-future.js'
import { endFuture, openFuture, rejectFuture, taskFuture } from '../model/task-future.js'
import { TaskLookup } from './task-lookup.js'
import { TaskSender } from './task-sender.js'

/** Parts of a {@link Producer}. */
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
  /** Names of the queues that the app consumes. Default: none. */
  readonly consumedQueues?: (() => readonly string[]) | undefined
  /** Called with each task that was queued; null: nobody asks. */
  readonly onQueued: ((task: Task) => void) | null
  /** Records what is queued; null: nothing does. */
  readonly telemetry?: Telemetry | null | undefined
  /** The senders of the producers that share the broker; its own is added. Default: none so far. */
  readonly senders?: Set<TaskSender> | undefined
}

/** Why a producer without job code refuses `queue: false`. */
const RUNS_NO_JOB = 'queue: false runs the job in this process, as tasks.execute does, and a client has no job code'

/** The job that queues a task. */
export interface QueuedBy {
  /** Id of its task. */
  readonly parent?: string | null
  /** The id of the new task, where the job has already made one. */
  readonly id?: string | null | undefined
  /** Aborted when its run is over: a task that it has executed without a queue ends with it. */
  readonly lifetime?: AbortSignal
}

const NOBODY: QueuedBy = {}

/**
 * Queues tasks and waits for their ends. Created by the wiring of an app, or by a generated client.
 *
 * 1. `start()` opens the inbox. 2. `queue()` checks the call and passes it to the {@link TaskSender}, which sends all tasks of
 * one turn of the event loop together. 3. With `callback: false`, the store's reply settles the future. Otherwise the end of
 * the task does, which arrives in the inbox. 4. `close()` sends the tasks that are left and rejects all pending results.
 */
export class Producer implements FutureBackend {
  /** Finds tasks by their ids alone. */
  readonly lookup: TaskLookup
  readonly queues: QueueControl
  readonly #parts: ProducerParts
  readonly #pending: PendingResults
  readonly #recent: RecentTasks
  readonly #sender: TaskSender
  readonly #senders: Set<TaskSender>
  readonly #tags = new Map<string, string>()
  /** Calls whose arguments are being checked. */
  readonly #checking = new Set<Promise<unknown>>()
  #local: LocalExecution | null = null
  /** Rejects what is still awaited when the producer is closed. Its tasks go on. */
  readonly #unwaited = new ClosedError('producer')
  #closed = false

  constructor(parts: ProducerParts) {
    const { broker, serializer, logger, defaultQueue } = parts
    this.#parts = parts
    this.lookup = new TaskLookup(broker, serializer, defaultQueue)
    this.queues = new QueueControl(broker, defaultQueue)
    const inbox = newTaskId('').slice(1, 10)
    this.#pending = new PendingResults(broker, serializer, logger, inbox, (queue) => this.#recent.isSettling(queue))
    const answered = (queue: string, { id, record }: QueueReply): void => {
      this.#pending.queued(id, queue, record)
    }
    this.#recent = new RecentTasks(broker, logger, answered, () => {
      this.#pending.lookUp()
    })
    this.#sender = new TaskSender(
      { ...parts, endOf: (task) => endFuture(task.id, task.queue ?? '', this) },
      this.#pending,
      this.#recent,
    )
    this.#senders = parts.senders ?? new Set()
    this.#senders.add(this.#sender)
  }

  /** Lets the producer run the tasks of `queue: false`, and of `execute`, in this process. */
  runHere(local: LocalExecution): void {
    this.#local = local
  }

  /** A producer of other jobs, on the same connections. It runs no job. */
  withJobs(jobs: JobCatalogue): Producer {
    return new Producer({ ...this.#parts, jobs, senders: this.#senders })
  }

  /** The jobs whose tasks it queues. */
  get jobs(): JobCatalogue {
    return this.#parts.jobs
  }

  /** Name of this node, and so of its own queue. */
  get nodeName(): string {
    return this.#parts.nodeName
  }

  /** Names of the queues that the app consumes; none where it only produces. */
  consumedQueues(): readonly string[] {
    return this.#parts.consumedQueues?.() ?? []
  }

  /** The promise of a call for a caller who need not wait for it: its error is logged where nobody does. */
  droppable<T>(call: string, act: () => Promise<T>): Promise<T> {
    return droppable(act(), (error) => {
      this.#parts.logger.error(`${call} failed, and nobody waits for it: ${errorMessage(error)}`)
    })
  }

  /** @throws what the broker throws when it cannot be reached */
  async start(): Promise<void> {
    await this.#pending.open()
  }

  /** Sends what was queued before the call. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    // A call whose arguments are still being checked was made before close(), so it is sent, too.
    await Promise.all(this.#checking)
    await this.#sender.drain()
    this.#senders.delete(this.#sender)
    this.#recent.close()
    await this.#pending.close(this.#unwaited)
  }

  /** Queues one task. Never throws: an error rejects the future. */
  queue(
    target: string | object,
    args: CallArguments,
    options: QueueOptions | undefined,
    by: QueuedBy = NOBODY,
  ): TaskFuture {
    try {
      this.#checkOpen()
      return this.#queueChecked(target, args, checkOptions(options), by)
    } catch (error) {
      return this.refuse(error, givenId(options) ?? by.id ?? undefined)
    }
  }

  /** A future that is rejected: nothing was queued. */
  refuse(error: unknown, id = newTaskId('0000')): TaskFuture {
    return taskFuture(Promise.reject(toError(error)), id, '', this)
  }

  /** Queues a task for each of the arguments. Where they are no list, there is one future, which is rejected. */
  queueMany(target: string | object, argsList: readonly object[], options: QueueOptions | undefined): TaskFuture[] {
    const given: unknown = argsList
    if (!Array.isArray(given)) {
      return [this.refuse(new InvalidOptionError('argsList', 'a list of arguments', described(given)))]
    }
    try {
      this.#checkOpen()
      const checked = checkOptions(options)
      const many = checked.queue === false ? null : (this.#parts.telemetry?.sendMany(argsList.length) ?? null)
      return argsList.map((args) => this.#queueOne(target, args as CallArguments, checked, many))
    } catch (error) {
      return argsList.map(() => this.refuse(error, givenId(options)))
    }
  }

  /** Resolves when the store has accepted or refused every task that was queued so far. */
  async sent(): Promise<void> {
    while (this.#checking.size > 0 || this.#sender.isBusy) {
      await Promise.all([...this.#checking, this.#sender.drain()])
    }
  }

  /**
   * Sends the tasks that were queued so far, by any producer that shares the broker. The store takes later calls behind them. Tasks whose
   * arguments are still being checked are not queued yet.
   */
  flush(): void {
    for (const sender of this.#senders) sender.flush()
  }

  /** The queue of a job's tasks where the caller names none. */
  queueOf(job: JobDescription): string {
    return job.defaultQueue ?? this.#parts.defaultQueue
  }

  /** The last tick of a periodic job, null before its first tick; and the store's time, ms since the epoch. */
  async lastTick(job: JobDescription): Promise<{ readonly last: LastTick | null; readonly now: number }> {
    const { last, now } = await this.#parts.broker.lastTicks(this.queueOf(job), [job.name])
    return { last: last[0] ?? null, now }
  }

  /**
   * Moves a periodic job's schedule on, and queues the task of that tick.
   *
   * @param step - the step of the schedule; the task has its tick as `meta.tick`
   * @param run - false: the tick is passed over
   */
  async tick(job: JobDescription, step: Omit<Tick, 'job' | 'task' | 'operation'>, run: boolean): Promise<TickReply> {
    const { broker, serializer, telemetry } = this.#parts
    const queue = this.queueOf(job)
    const call = taskCall(job, {}, { ...NO_OPTIONS, meta: { tick: step.at } }, null)
    const id = tickTaskId(queue, job.name, step.at)
    const { priority } = job
    const span = (run ? telemetry?.send({ id, queue, job: job.name, priority }) : null) ?? null
    const carrier = span?.carrier
    const body = encodeCall(serializer, carrier === undefined ? call : { ...call, carrier })
    const task = { id, job: job.name, tags: [], body, priority, delay: 0, inbox: null, checkDuplicate: true }
    const tick = { ...step, job: job.name, task: run ? task : null, operation: newTaskId('') }
    const reply = await broker.tick(queue, tick)
    // The span of a tick that another process has taken is never ended, and so never seen.
    if (reply.queued) {
      span?.end()
      this.#recent.add(queue, [task], body.length)
      this.#sender.queued(id, queue, call, priority, reply.now)
    }
    return reply
  }

  /** Waits for the end of a task that is queued, or is being sent to its queue. */
  async end(id: string, queue: string): Promise<Task> {
    return await this.#sender.end({ id, queue })
  }

  /** Revokes a task. @returns true where this call has ended it; false where it was over already or does not exist */
  async revoke(id: string, queue: string): Promise<boolean> {
    await this.#sender.whenAnswered({ id, queue })
    return await this.lookup.revokeIn(id, queue)
  }

  /** Tells of a rejection that nobody waits for. That the end of a task is no longer awaited is no fault. */
  dropped(id: string, error: unknown): void {
    if (error === this.#unwaited) return
    const { logger } = this.#parts
    logger.error(`the promise of task ${id} was rejected, and nobody waits for it: ${errorMessage(error)}`)
  }

  #checkOpen(): void {
    if (this.#closed) throw new ClosedError('producer')
  }

  /** One task of several. Never throws. */
  #queueOne(
    target: string | object,
    args: CallArguments,
    options: CheckedOptions,
    many: SendManySpan | null,
  ): TaskFuture {
    try {
      return this.#queueChecked(target, args, options, NOBODY, many)
    } catch (error) {
      many?.skip()
      return this.refuse(error, options.id ?? undefined)
    }
  }

  #queueChecked(
    target: string | object,
    given: CallArguments,
    options: CheckedOptions,
    by: QueuedBy,
    many: SendManySpan | null = null,
  ): TaskFuture {
    this.#checkDurability(options)
    const checked = checkTarget(this.jobs, target, given)
    if (options.queue === false) return this.#execute(checked, options, by)
    const { job, args } = checked
    const queue = options.queue ?? this.queueOf(job)
    const id = options.id ?? by.id ?? this.#newId(queue)
    const parent = by.parent ?? null
    const future = openFuture(id, queue, this)
    if (args instanceof Promise) {
      const send = (args: ArgumentsByName): void => {
        this.#send(id, queue, job, args, options, parent, future, many)
      }
      this.#whenChecked(args, send, future, many)
    } else this.#send(id, queue, job, args, options, parent, future, many)
    return future
  }

  /** @throws {@link InvalidOptionError} for a durability that the store does not know */
  #checkDurability({ durability }: CheckedOptions): void {
    if (durability === null) return
    const { durabilities } = this.#parts.broker
    if (isDurability(durabilities, durability)) return
    const expected = durabilities.length === 0 ? 'absent: this store has none to choose' : listed(durabilities)
    throw new InvalidOptionError('durability', expected, described(durability), 'it is one of another store')
  }

  #send(
    id: string,
    queue: string,
    job: JobDescription,
    args: ArgumentsByName,
    options: CheckedOptions,
    parent: string | null,
    future: TaskFuture,
    many: SendManySpan | null,
  ): void {
    this.#sender.send(id, queue, taskCall(job, args, options, parent), job, options, future, many)
  }

  /** Runs a task at once, in this process. With `callback: false`, too, its future is that of its end. */
  #execute(
    { job, args }: CheckedTarget,
    options: CheckedOptions,
    { parent = null, id, lifetime }: QueuedBy,
  ): TaskFuture {
    const local = this.#local
    if (local === null) throw new InvalidOptionError('queue', 'the name of a queue', 'false', RUNS_NO_JOB)
    const taskId = options.id ?? id ?? newTaskId('here')
    const started = (async () => local.start(taskCall(job, await args, options, parent), taskId, lifetime))()
    const end = async (): Promise<Task> => await (await started).task
    const backend: FutureBackend = {
      end,
      revoke: async () => (await started).revoke(),
      dropped: this.dropped.bind(this),
    }
    // The future gives the finished task either way; with `callback: false`, its `doneCallback` gives it once more.
    const settled = options.callback
      ? end()
      : end().then((task) => withEnd(task, ({ id }) => endFuture(id, '', backend)))
    return taskFuture(settled, taskId, '', backend)
  }

  /** Sends a call once its arguments are checked. */
  #whenChecked<T>(args: Promise<T>, send: (args: T) => void, future: TaskFuture, many: SendManySpan | null): void {
    const refused = (error: unknown): never => {
      many?.skip()
      throw error
    }
    const check: Promise<unknown> = args.then(send, refused).catch((error: unknown) => {
      rejectFuture(future, error)
    })
    this.#checking.add(check)
    void check.then(() => this.#checking.delete(check))
  }

  /** A new id. It contains a tag of the queue, by which {@link TaskLookup} finds the task. */
  #newId(queue: string): string {
    let tag = this.#tags.get(queue)
    if (tag === undefined) {
      tag = queueTag(queue)
      this.#tags.set(queue, tag)
    }
    return newTaskId(tag)
  }
}
