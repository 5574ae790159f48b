import type { Lock } from '../../locks/lock.js'
import type { LockOptions } from '../../locks/locks.js'
import type { Logger } from '../../logging/logger.js'
import type { Config } from '../../model/config.js'
import type { Info } from '../../model/info.js'
import type { QueueOptions } from '../../model/queue-options.js'
import type { TaskFuture } from '../../model/task-future.js'
import type { Task } from '../../model/task.js'
import type { JobListEntry } from '../loading/job-list.js'

/** The app as a job sees it. In a thread or a child process, the worker process answers its calls. */
export interface JobBackend {
  /** Name of this node, and of its own queue. */
  readonly nodeName: string
  readonly config: Config
  /** The logger of the app. That of the job, whose lines have the id of the task, is `this.logger`. */
  readonly logger: Logger
  /** The calls of `api.tasks`. */
  readonly tasks: JobTasks
  /** A description of the worker process, as `api.info()` gives it. Without passwords. */
  info(): Promise<Info>
  /** Names of the queues that the app consumes. */
  queues(): Promise<string[]>
  /** Waits for a lock that all processes of the data store share. The run holds it, as it does that of `this.lock`. */
  lock(name: string, options?: LockOptions): Promise<Lock>
  /** Takes a lock if it is free and nobody waits for it; else returns null. */
  tryLock(name: string): Promise<Lock | null>
}

/** `backend.tasks`: the calls of `api.tasks` in a running job. Tasks that it queues or executes have its task as `fromTask`. */
export interface JobTasks extends TaskLooks {
  /** Name of this node, and of its own queue. */
  readonly nodeName: string
  /** Queues a task. @returns as `api.tasks.queue` */
  queue(job: string | object, args?: object, options?: QueueOptions): TaskFuture
  /** Queues one task for each of the arguments. */
  queueMany(job: string | object, argsList: readonly object[], options?: QueueOptions): TaskFuture[]
  /** Queues a task in this node's own queue. */
  queueLocal(job: string | object, args?: object, options?: QueueOptions): TaskFuture
  /** Runs a job now, in the worker process and without a queue. No retries. */
  execute(job: string | object, args?: object, options?: Pick<QueueOptions, 'timeout' | 'metaParams'>): Promise<Task>
  /** The jobs that the process of the run knows. */
  jobList(names?: string | readonly string[]): [string, JobListEntry][]
}

/** The calls of `api.tasks` that need the store and no job. */
export interface TaskLooks {
  /** The task as it stands now; null when the store has neither the task nor its record. */
  get(id: string): Promise<Task | null>
  /** Ends a task as REVOKED. @returns false where it was over already or does not exist */
  revoke(id: string): Promise<boolean>
  /** How many tasks wait in each queue. Default: the default queue. */
  size(...queues: string[]): Promise<number[]>
  /** Drops the tasks that wait in the queues. @returns how many tasks were dropped from each */
  flushQueues(...queues: string[]): Promise<number[]>
  /** Pauses a queue: workers get none of its tasks. */
  pause(queue: string): Promise<void>
  /** Ends a pause. */
  resume(queue: string): Promise<void>
  /** Names of the queues that the app consumes. */
  queues(): Promise<string[]>
  /** When periodic jobs are due next, in seconds. Default: all. */
  nextScheduled(names?: string | readonly string[]): Promise<[name: string, seconds: number][]>
}
