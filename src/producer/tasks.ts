import type { JobListEntry } from '../jobs/loading/job-list.js'
import { jobList } from '../jobs/loading/job-list.js'
import type { JobMap, JobTypes } from '../jobs/define/job-map.js'
import type { AnyJob, ArgsObject, ArgsTuple, ResultOf } from '../jobs/define/job-types.js'
import type { Task } from '../model/task.js'
import type { Producer } from './producer.js'
import type { QueueOptions, QueueingOptions } from '../model/queue-options.js'
import type { QueuedTask, TaskFuture } from '../model/task-future.js'
import { checkName } from '../model/name.js'
import { withMembers } from '../util/with-members.js'

/** Arguments of a job by name: typed where `M` knows the job. */
export type ArgsByName<M, N extends string> = N extends keyof M
  ? M[N] extends JobTypes
    ? M[N]['args']
    : never
  : Readonly<Record<string, unknown>>

/** Result of a job by name: typed where `M` knows the job. */
export type ResultByName<M, N extends string> = N extends keyof M
  ? M[N] extends JobTypes
    ? M[N]['result']
    : never
  : unknown

/** Arguments of a job class or `defineJob` value: by position or by name. */
export type ArgsOfJob<J> = ArgsTuple<J> | ArgsObject<J>

/** The parameters that follow the job in a call. The arguments may be left out where the job needs none. */
// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- `{}` is what is asked: may all be left out?
export type Rest<A, O> = Record<never, never> extends A ? [args?: A, options?: O] : [args: A, options?: O]

/**
 * The calls of a producer: `client.tasks` of a generated client, and the base of {@link Tasks}.
 *
 * @typeParam M - job names to their types
 * @typeParam K - the names that the calls accept: any, or those of `M` alone
 */
export class ProducerTasks<M = JobMap, K extends string = string> {
  readonly #producer: Producer

  /** @internal */
  constructor(producer: Producer) {
    this.#producer = producer
  }

  /**
   * Queues a task. Never throws: an error rejects the future.
   *
   * @param job - a job's name, its class, or the value of `defineJob`
   * @param args - its arguments by name; with a class also a list, by position
   * @returns a promise of the finished task; with `callback: false`, of the queued one
   */
  queue<N extends K>(
    job: N,
    args: ArgsByName<M, N>,
    options: QueueingOptions,
  ): TaskFuture<ResultByName<M, N>, QueuedTask<ResultByName<M, N>>>
  queue<N extends K>(job: N, ...rest: Rest<ArgsByName<M, N>, QueueOptions>): TaskFuture<ResultByName<M, N>>
  queue<J extends AnyJob>(
    job: J,
    args: ArgsOfJob<J>,
    options: QueueingOptions,
  ): TaskFuture<ResultOf<J>, QueuedTask<ResultOf<J>>>
  queue<J extends AnyJob>(job: J, ...rest: Rest<ArgsOfJob<J>, QueueOptions>): TaskFuture<ResultOf<J>>
  queue(job: string | AnyJob, args?: object, options?: QueueOptions): TaskFuture {
    return this.#producer.queue(job, (args ?? {}) as Readonly<Record<string, unknown>>, options)
  }

  /**
   * Queues one task for each of the arguments. All are sent together.
   *
   * @returns a future for each of them. Where `argsList` is no list, one future that is rejected: nothing throws here
   */
  queueMany<N extends K>(
    job: N,
    argsList: readonly ArgsByName<M, N>[],
    options: QueueingOptions,
  ): TaskFuture<ResultByName<M, N>, QueuedTask<ResultByName<M, N>>>[]
  queueMany<N extends K>(
    job: N,
    argsList: readonly ArgsByName<M, N>[],
    options?: QueueOptions,
  ): TaskFuture<ResultByName<M, N>>[]
  queueMany<J extends AnyJob>(
    job: J,
    argsList: readonly ArgsOfJob<J>[],
    options: QueueingOptions,
  ): TaskFuture<ResultOf<J>, QueuedTask<ResultOf<J>>>[]
  queueMany<J extends AnyJob>(
    job: J,
    argsList: readonly ArgsOfJob<J>[],
    options?: QueueOptions,
  ): TaskFuture<ResultOf<J>>[]
  queueMany(job: string | AnyJob, argsList: readonly object[], options?: QueueOptions): TaskFuture[] {
    return this.#producer.queueMany(job, argsList, options)
  }

  /** The task as it stands now; null when the store has neither the task nor its record. */
  async get(id: string): Promise<Task | null> {
    const producer = this.#producer
    producer.flush()
    return await producer.lookup.get(checkName('id', id))
  }

  /**
   * Ends a task as REVOKED, whether it waits or runs, in each queue that has one of the id.
   *
   * @returns false where it was over already or does not exist
   */
  revoke(id: string): Promise<boolean> {
    const { lookup } = this.#producer
    return this.#behindQueued('revoke', async () => await lookup.revoke(checkName('id', id)))
  }

  /** How many tasks wait in each queue, ready and delayed, in the order of the names. Without names: in the default queue. */
  async size(...queues: string[]): Promise<number[]> {
    const producer = this.#producer
    producer.flush()
    return await producer.queues.size(queues)
  }

  /**
   * Deletes the tasks that wait in the queues. Running tasks go on. **Without names, those of the default queue**: a list that is
   * spread here must not be empty.
   *
   * @returns how many tasks were deleted from each
   */
  flushQueues(...queues: string[]): Promise<number[]> {
    return this.#behindQueued('flushQueues', async () => await this.#producer.queues.flush(queues))
  }

  /** Pauses a queue: tasks can still be queued, and workers get none of them. */
  pause(queue: string): Promise<void> {
    return this.#behindQueued('pause', async () => {
      await this.#producer.queues.pause(queue)
    })
  }

  /** Ends a pause: workers get the queue's tasks again. */
  resume(queue: string): Promise<void> {
    return this.#behindQueued('resume', async () => {
      await this.#producer.queues.resume(queue)
    })
  }

  /** A call for a caller who need not wait for it, behind the tasks that were queued before. */
  #behindQueued<T>(call: string, act: () => Promise<T>): Promise<T> {
    const producer = this.#producer
    producer.flush()
    return producer.droppable(call, act)
  }

  /**
   * Names of the queues that this app consumes; none where it does not serve. `api.broker.queues()` returns all queues that
   * the store has seen.
   */
  async queues(): Promise<string[]> {
    return await Promise.resolve([...this.#producer.consumedQueues()])
  }

  /**
   * The jobs that this process knows, as `[name, entry]` pairs.
   *
   * @param names - only these jobs, in this order; names that no job has are left out. Default: all, in alphabetical order
   */
  jobList(names?: string | readonly string[]): [string, JobListEntry][] {
    return jobList(this.#producer.jobs, names)
  }
}

/** The schedule of a periodic job that this process has. */
export interface OwnSchedule {
  readonly job: string
  /** In which its ticks are queued. */
  readonly queue: string
  /** As a text, as the store keeps it. */
  readonly schedule: string
}

/** The times at which periodic jobs are due. Implemented by the scheduler. */
export interface ScheduleSource {
  /** In seconds from now, below 0 for what is overdue, by name, in alphabetical order. */
  next(names: readonly string[] | undefined): Promise<[name: string, seconds: number][]>
  /** The schedules of this process's periodic jobs, whether or not they have ever been due. */
  own(): readonly OwnSchedule[]
  /**
   * Time since the first tick of a schedule that was due and that no process has taken, ms; 0: there is none. Null: its text says nothing
   * of that.
   */
  overdue(schedule: string, last: number, now: number, since?: number): number | null
  /** When a schedule is due next by its text, ms since the epoch, not after now for what is overdue. Null: the text does not say it. */
  nextOf(schedule: string, last: number, now: number): number | null
}

/** `api.tasks`: the calls of {@link ProducerTasks}, and those that need job code or a node of their own. */
export class Tasks<M = JobMap> extends ProducerTasks<M> {
  /** The name of this consumer among `api.consumers`. */
  readonly name = 'tasks'

  readonly #producer: Producer
  readonly #schedules: ScheduleSource

  /** @internal */
  constructor(producer: Producer, schedules: ScheduleSource) {
    super(producer)
    this.#producer = producer
    this.#schedules = schedules
  }

  /** @internal */
  get schedules(): ScheduleSource {
    return this.#schedules
  }

  /** Name of this node, and of its own queue. */
  get nodeName(): string {
    return this.#producer.nodeName
  }

  /**
   * When periodic jobs are due next, whether or not a scheduler runs.
   *
   * @param names - only these jobs; those that are not periodic are left out. Default: all
   * @returns `[name, seconds]` pairs in alphabetical order; 0: due now. Jobs that are never due again are left out
   * @throws {@link TaskNotAvailableError}
   */
  async nextScheduled(names?: string | readonly string[]): Promise<[name: string, seconds: number][]> {
    const asked = names === undefined ? undefined : [names].flat()
    for (const name of asked ?? []) this.#producer.jobs.describe(checkName('names', name))
    return (await this.#schedules.next(asked)).map(([name, seconds]) => [name, Math.max(0, seconds)])
  }

  /** Queues a task in this node's own queue. */
  queueLocal<N extends string>(
    job: N,
    args: ArgsByName<M, N>,
    options: QueueingOptions,
  ): TaskFuture<ResultByName<M, N>, QueuedTask<ResultByName<M, N>>>
  queueLocal<N extends string>(job: N, ...rest: Rest<ArgsByName<M, N>, QueueOptions>): TaskFuture<ResultByName<M, N>>
  queueLocal<J extends AnyJob>(
    job: J,
    args: ArgsOfJob<J>,
    options: QueueingOptions,
  ): TaskFuture<ResultOf<J>, QueuedTask<ResultOf<J>>>
  queueLocal<J extends AnyJob>(job: J, ...rest: Rest<ArgsOfJob<J>, QueueOptions>): TaskFuture<ResultOf<J>>
  queueLocal(job: string | AnyJob, args?: object, options?: QueueOptions): TaskFuture {
    const { nodeName } = this.#producer
    const local = withMembers(options, { queue: nodeName })
    return this.#producer.queue(job, (args ?? {}) as Readonly<Record<string, unknown>>, local)
  }

  /**
   * Runs a job now, in this process and without a queue: `task.queue` is null. No retries. `queue` with `queue: false` does
   * the same, and gives a future.
   *
   * @throws {@link InvalidArgumentsError}, {@link TaskNotAvailableError}. When the job fails, the task has its error
   */
  async execute<N extends string>(
    job: N,
    ...rest: Rest<ArgsByName<M, N>, ExecuteOptions>
  ): Promise<Task<ResultByName<M, N>>>
  async execute<J extends AnyJob>(job: J, ...rest: Rest<ArgsOfJob<J>, ExecuteOptions>): Promise<Task<ResultOf<J>>>
  async execute(job: string | AnyJob, args?: object, options?: ExecuteOptions): Promise<Task> {
    const here = withMembers(options, { queue: false, callback: true } as const)
    return await this.#producer.queue(job, (args ?? {}) as Readonly<Record<string, unknown>>, here)
  }
}

/** Options of `execute`. */
export type ExecuteOptions = Pick<QueueOptions, 'timeout' | 'metaParams'>
