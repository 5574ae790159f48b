import { InvalidOptionError } from '../errors.js'
import type { JobCatalogue } from '../jobs/loading/job-catalogue.js'
import type { Manager } from '../manager/manager.js'
import type { Task } from '../model/task.js'
import type { MetaParams, QueueOptions } from '../model/queue-options.js'
import type { Tasks } from '../producer/tasks.js'
import { namesParam, objectParam, textParam } from './params.js'
import type { MethodContext, RpcMethod } from './rpc-method.js'

/** The services that the methods of tasks use. */
export interface TaskMethodsParts {
  readonly tasks: Tasks<object>
  readonly manager: Manager
  /** The jobs. Their manifest has the types of arguments that JSON cannot express. */
  readonly jobs: JobCatalogue
  /** Longest wait for the end of a task, ms; 0: as long as it takes. */
  readonly timeout: number
}

type Params = Readonly<Record<string, unknown>>

/** The methods `tasks.*`. */
export function taskMethods(parts: TaskMethodsParts): ReadonlyMap<string, RpcMethod> {
  const { tasks } = parts
  return new Map<string, RpcMethod>([
    [
      'tasks.queue',
      {
        parameters: ['jobname', 'meta_params', 'queue_options'],
        open: true,
        call: async (params, context) => await queue(parts, params, context),
      },
    ],
    ['tasks.get', { parameters: ['id'], call: async (params) => shown(await tasks.get(textParam(params, 'id'))) }],
    ['tasks.revoke', { parameters: ['id'], call: async (params) => await tasks.revoke(textParam(params, 'id')) }],
    ['tasks.job_list', { parameters: ['jobnames'], call: (params) => tasks.jobList(namesParam(params, 'jobnames')) }],
    [
      'tasks.next_scheduled_tasks',
      { parameters: ['jobnames'], call: async (params) => await tasks.nextScheduled(namesParam(params, 'jobnames')) },
    ],
  ])
}

async function queue(parts: TaskMethodsParts, params: Params, context: MethodContext): Promise<unknown> {
  const jobname = textParam(params, 'jobname')
  const metaParams = objectParam(params, 'meta_params')
  const options = queueOptions(objectParam(params, 'queue_options') ?? {})
  const { jobname: _job, meta_params: _meta, queue_options: _options, ...given } = params
  const { headers, remoteAddress, signal, isNotification } = context
  const added = await parts.manager.taskRequestParameters({ jobname, headers, remoteAddress })
  const meta: MetaParams = { ...options.metaParams, ...metaParams, ...added }
  const wanted = { ...options, metaParams: meta }
  const args = parts.jobs.describe(jobname).fromJson(given)
  if (isNotification || options.callback === false) {
    return shown(await parts.tasks.queue(jobname, args, { ...wanted, callback: false }))
  }
  const future = parts.tasks.queue(jobname, args, { ...wanted, callback: undefined })
  return shown(await future.wait({ signal, ...(parts.timeout > 0 && { timeout: parts.timeout / 1_000 }) }))
}

/** The options of a caller, whose `metaParams` can also stand here. No job runs in the process that serves HTTP. */
function queueOptions(options: Params): QueueOptions {
  const metaParams = objectParam(options, 'metaParams')
  if (options['queue'] === false) throw new InvalidOptionError('queue', 'the name of a queue', 'false')
  return { ...options, metaParams }
}

/** A task as it is sent to callers. Stack traces, and the data of errors, describe this machine and are left out. */
function shown(task: Task | null): object | null {
  if (task === null) return null
  const { stacktrace: _, error: _error, ...shown } = task.toJSON() as Record<string, unknown>
  return shown
}
