import type { TaskLooks } from '../jobs/define/job-backend.js'
import type { JobQueueOptions } from '../jobs/define/job-context.js'
import type { JobCatalogue } from '../jobs/loading/job-catalogue.js'
import type { ShellOptions } from '../jobs/shell.js'
import type { Lock } from '../locks/lock.js'
import type { LockOptions } from '../locks/locks.js'
import type { Logger } from '../logging/logger.js'
import type { Config } from '../model/config.js'
import type { Info } from '../model/info.js'
import type { TaskFuture } from '../model/task-future.js'
import type { Run } from './run.js'

/** What the backends of all runs of a process have in common. */
export interface SharedBackend {
  /** Name of this node, and of its own queue. */
  readonly nodeName: string
  readonly config: Config
  /** The logger of the app. */
  readonly logger: Logger
  readonly looks: TaskLooks
  /** The jobs that this process knows. */
  readonly jobs: JobCatalogue
  /** Describes the worker process. */
  readonly info: () => Promise<Info>
}

/** The services of a process that its runs use. */
export interface RunServices {
  readonly backend: SharedBackend
  readonly workerName: string
  /** Queue of tasks for which neither caller nor job names one. */
  readonly defaultQueue: string
  /** Queues a task as the child of a run's. */
  queue(run: Run, job: string | object, args: object, options: JobQueueOptions | undefined, id?: string): TaskFuture
  /**
   * Runs a shell command, and stops it at the end of the run.
   *
   * @param variables - the environment to which the options add. Default: that of this process
   */
  shell(run: Run, command: string, options: ShellOptions, variables?: NodeJS.ProcessEnv): Promise<string>
  /** Waits for a lock, for no longer than the run lasts; it is released with the run. */
  lock(run: Run, name: string, options: LockOptions | undefined): Promise<Lock>
  /** Takes a lock if it is free, else returns null. The lock is released at the end of the run. */
  tryLock(run: Run, name: string): Promise<Lock | null>
  /** Runs a function from its source in a worker thread, and stops it at the end of the run. */
  runInThread(run: Run, source: string, args: readonly unknown[]): Promise<unknown>
}
