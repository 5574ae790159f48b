import { InvalidOptionError, described } from '../errors.js'
import type { JobBackend, JobTasks, TaskLooks } from '../jobs/define/job-backend.js'
import type { JobContext } from '../jobs/define/job-context.js'
import { jobList } from '../jobs/loading/job-list.js'
import type { QueueOptions } from '../model/queue-options.js'
import { newTaskId } from '../model/task-id.js'
import type { FutureBackend, TaskFuture } from '../model/task-future.js'
import { taskFuture } from '../model/task-future.js'
import { droppable } from '../util/droppable.js'
import { errorMessage } from '../util/thrown.js'
import { withMembers } from '../util/with-members.js'
import type { RunServices } from './run-services.js'

/** Makes the backend of a run: what it queues is queued by the run's task, and the run holds its locks. */
export function runBackend(context: JobContext, services: RunServices): JobBackend {
  const { nodeName, config, logger, info } = services.backend
  const tasks = runTasks(context, services)
  return {
    nodeName,
    config,
    logger,
    tasks,
    info: () => dropped(context, 'info', info()),
    queues: () => tasks.queues(),
    lock: (name, options) => context.lock(name, options),
    tryLock: (name) => context.tryLock(name),
  }
}

function runTasks(context: JobContext, { backend: { nodeName, looks, jobs } }: RunServices): JobTasks {
  const queue = (job: string | object, args?: object, options?: QueueOptions): TaskFuture =>
    context.queue(job, args, options)
  const look = <K extends keyof TaskLooks>(call: K): TaskLooks[K] =>
    ((...args: readonly unknown[]) =>
      dropped(context, `tasks.${call}`, Reflect.apply(looks[call], looks, args) as Promise<unknown>)) as TaskLooks[K]
  return {
    nodeName,
    queue,
    queueMany: (job, argsList, options) => {
      const given: unknown = argsList
      if (!Array.isArray(given)) return [refused(context, new InvalidOptionError('argsList', LIST, described(given)))]
      return argsList.map((args) => queue(job, args, options))
    },
    queueLocal: (job, args, options) => context.queueLocal(job, args, options),
    execute: (job, args, options) => queue(job, args, withMembers(options, { queue: false, callback: true } as const)),
    jobList: (names) => jobList(jobs, names),
    get: look('get'),
    revoke: look('revoke'),
    size: look('size'),
    flushQueues: look('flushQueues'),
    pause: look('pause'),
    resume: look('resume'),
    queues: look('queues'),
    nextScheduled: look('nextScheduled'),
  }
}

const LIST = 'a list of arguments'

/** A job that does not wait for a call is not ended by its failure. */
function dropped<T>(context: JobContext, call: string, promise: Promise<T>): Promise<T> {
  return droppable(promise, (error) => {
    context.logger.warn(`this.backend.${call} failed, and nobody waits for it: ${errorMessage(error)}`)
  })
}

/** A future that is rejected: nothing was queued. */
function refused(context: JobContext, error: Error): TaskFuture {
  const backend: FutureBackend = {
    end: async () => await Promise.reject(error),
    revoke: async () => await Promise.resolve(false),
    dropped: (id) => {
      context.logger.error(`the promise of task ${id} was rejected, and nobody waits for it: ${error.message}`)
    },
  }
  return taskFuture(Promise.reject(error), newTaskId('0000'), '', backend)
}
