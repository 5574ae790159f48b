import { described, TaskNotAvailableError } from '../errors.js'
import type { JobDescription } from '../jobs/loading/job-catalogue.js'
import type { JobQueueOptions } from '../jobs/define/job-context.js'
import { ManifestCatalogue } from '../jobs/loading/manifest-catalogue.js'
import type { RegisteredJob } from '../jobs/define/registry.js'
import { registeredJob, registeredJobs } from '../jobs/define/registry.js'
import { runnableJob } from '../jobs/loading/runnable-job.js'
import type { Manifest } from '../model/manifest.js'
import { DEFAULT_PRIORITY } from '../model/defaults.js'
import type { RunReport } from '../model/task-record.js'
import { taskHeader } from '../model/task-record.js'
import { givenId, newTaskId } from '../model/task-id.js'
import type { FinalState } from '../model/task-state.js'
import { FAILURE, QUEUED, SUCCESS } from '../model/task-state.js'
import type { FutureBackend, TaskFuture } from '../model/task-future.js'
import { endFuture, taskFuture } from '../model/task-future.js'
import { Task, withEnd } from '../model/task.js'
import type { CheckedOptions } from '../producer/check-options.js'
import { checkOptions } from '../producer/check-options.js'
import type { Serializer } from '../serializers/serializer.js'
import { decodeReport, encodeReport, taskFields } from '../serializers/task-codec.js'
import { errorMessage } from '../util/thrown.js'
import type { QueuedCall } from './job-run.js'

/** Parts of a {@link FakeQueue}. */
export interface FakeQueueParts {
  readonly serializer: Serializer
  readonly manifest: Manifest | undefined
  /** Gives the result of a task; null: undefined for all. */
  readonly answer: ((call: QueuedCall) => unknown) | null
  readonly fromTask: string
  readonly defaultQueue: string
}

const NO_QUEUE: Pick<FutureBackend, 'revoke' | 'dropped'> = {
  revoke: () => Promise.resolve(false),
  dropped: () => undefined,
}

/** Records the tasks that a job queues, with the checks of a real producer, and queues none. Created for one run. */
export class FakeQueue {
  readonly calls: QueuedCall[] = []

  constructor(private readonly parts: FakeQueueParts) {}

  /** @returns the finished task; with `callback: false`, the queued one */
  queue(target: string | object, given: object, options: JobQueueOptions = {}): TaskFuture {
    const id = givenId(options) ?? newTaskId('test')
    const queued = this.#queue(id, target, given, options)
    const backend: FutureBackend = {
      end: async () => {
        const task = await queued
        return task.doneCallback ? await task.doneCallback : task
      },
      ...NO_QUEUE,
    }
    return taskFuture(queued, id, '', backend)
  }

  async #queue(id: string, target: string | object, given: object, options: JobQueueOptions): Promise<Task> {
    const checked = checkOptions(options)
    const job = this.#find(target)
    const name = job?.name ?? (target as string)
    const named = (Array.isArray(given) ? job?.nameArguments(given as unknown[]) : given) ?? { ...given }
    const args = (await job?.checkArguments(named as Readonly<Record<string, unknown>>)) ?? named
    const call: QueuedCall = {
      job: name,
      args: this.#overTheWire(args) as QueuedCall['args'],
      options,
      id,
    }
    this.calls.push(call)
    const end = async (): Promise<Task> => await this.#end(call, checked, job)
    if (checked.callback) return await end()
    const task = checked.queue === false ? await end() : this.#task(call, checked, job, QUEUED, {})
    return withEnd(task, () => endFuture(id, '', { end, ...NO_QUEUE }))
  }

  /** Null for the name of a job that this process does not know: another one may. */
  #find(target: string | object): JobDescription | null {
    const { manifest } = this.parts
    if (typeof target === 'string' && manifest !== undefined) return new ManifestCatalogue(manifest).describe(target)
    const job: RegisteredJob | undefined =
      typeof target === 'string' ? registeredJobs().findLast(({ name }) => name === target) : registeredJob(target)
    if (job !== undefined) return runnableJob(job)
    if (typeof target === 'string') return null
    throw new TaskNotAvailableError(described(target), null)
  }

  async #end(call: QueuedCall, options: CheckedOptions, job: JobDescription | null): Promise<Task> {
    try {
      const result: unknown = await this.parts.answer?.(call)
      return this.#task(call, options, job, SUCCESS, { result: this.#overTheWire(result) })
    } catch (error) {
      return this.#task(call, options, job, FAILURE, { error: errorMessage(error) })
    }
  }

  #overTheWire(value: unknown): unknown {
    if (value === undefined) return undefined
    const { serializer } = this.parts
    return decodeReport(serializer, encodeReport(serializer, { result: value })).result
  }

  #task(
    { id, job: name, args }: QueuedCall,
    { queue, priority, delay, timeout, expires, meta }: CheckedOptions,
    job: JobDescription | null,
    status: FinalState | typeof QUEUED,
    report: RunReport,
  ): Task {
    const now = Date.now()
    const ranAt = status === QUEUED ? 0 : now + delay
    const header = taskHeader({
      id,
      job: name,
      queue: queue === false ? '' : (queue ?? job?.defaultQueue ?? this.parts.defaultQueue),
      status,
      priority: priority ?? job?.priority ?? DEFAULT_PRIORITY,
      runs: ranAt > 0 ? 1 : 0,
      queuedAt: now,
      dueAt: now + delay,
      startedAt: ranAt,
      endedAt: ranAt,
    })
    const limits = { ...(timeout !== null && { timeout }), ...(expires !== null && { expires }) }
    const call = { job: name, args, delay, ...limits, ...(meta !== null && { meta }), parent: this.parts.fromTask }
    const fields = taskFields(header, call, report)
    return new Task(queue === false ? { ...fields, queue: null } : fields)
  }
}
