import type { ClaimedTask } from '../stores/broker.js'
import type { JobContainer, Token } from '../container/container.js'
import { TsyringeContainer } from '../container/tsyringe-container.js'
import { isPulsarError, TaskNotAvailableError } from '../errors.js'
import type { RunResult } from '../execution/run-result.js'
import type { RunEnd } from '../execution/run-end.js'
import { Executor } from '../execution/executor.js'
import { InlineRunner } from '../execution/inline-runner.js'
import type { RunOfJob } from '../execution/run.js'
import { Run } from '../execution/run.js'
import { attachContext } from '../jobs/define/base-job.js'
import type { JobQueueOptions } from '../jobs/define/job-context.js'
import { JobContext } from '../jobs/define/job-context.js'
import type { BuiltJob } from '../jobs/loading/loaded-jobs.js'
import type { RunnableJob } from '../jobs/loading/runnable-job.js'
import { Config } from '../model/config.js'
import { newTaskId } from '../model/task-id.js'
import { DEFAULT_PRIORITY } from '../model/defaults.js'
import type { RunReport, TaskCall } from '../model/task-record.js'
import { FAILURE, RETRY, REVOKED, SUCCESS } from '../model/task-state.js'
import type { TaskState } from '../model/task-state.js'
import { Task } from '../model/task.js'
import { checkOptions } from '../producer/check-options.js'
import { JsonSerializer } from '../serializers/json-serializer.js'
import {
  decodeCall,
  decodeProgress,
  decodeReport,
  encodeCall,
  encodeProgress,
  encodeReport,
  taskFields,
} from '../serializers/task-codec.js'
import { SYSTEM_CLOCK } from '../util/clock.js'
import { toError } from '../util/thrown.js'
import { Logger, SilentLogger } from '../logging/logger.js'
import { fakeBackend } from './fake-backend.js'
import { FakeContext } from './fake-context.js'
import { FakeLocks } from './fake-locks.js'
import { FakeQueue } from './fake-queue.js'
import type { JobRun } from './job-run.js'
import { RecordingLogger } from './recording-logger.js'
import type { RunJobOptions } from './run-job-options.js'

const NODE = 'test'

/**
 * One call of `runJob`: 1. checks the arguments and takes them over the wire; 2. has the executor run the job, built with a
 * fake context; 3. says what became of it and what the fakes were told.
 */
export class SingleRun {
  readonly #serializer = new JsonSerializer()
  readonly #logger = new RecordingLogger()
  readonly #progress: unknown[] = []
  readonly #container: JobContainer
  readonly #queue: FakeQueue
  readonly #locks: FakeLocks
  readonly #claimed: ClaimedTask
  readonly #config: Config
  #context: FakeContext | null = null
  readonly #runner = new KeepingRunner((run) => this.#build(run))

  constructor(
    private readonly job: RunnableJob,
    private readonly options: RunJobOptions<never>,
  ) {
    const { retry = 1, manifest, queue = null } = options
    const [id, now] = [newTaskId('test'), Date.now()]
    const times = { queuedAt: now, dueAt: now, claimedAt: now }
    const counts = { fence: retry, run: retry, crashes: 0, priority: DEFAULT_PRIORITY }
    this.#claimed = { id, job: job.name, tags: [], ...counts, ...times, body: new Uint8Array() }
    this.#config = new Config(options.config)
    const { defaultTaskQueue: defaultQueue } = this.#config
    const parts = { serializer: this.#serializer, manifest, answer: queue, fromTask: id, defaultQueue }
    this.#queue = new FakeQueue(parts)
    this.#container = (options.container as JobContainer | undefined) ?? new TsyringeContainer()
    this.#locks = new FakeLocks(options.taken ?? [])
    options.bind?.(this.#container)
  }

  async run(args: object): Promise<JobRun<unknown>> {
    let call: TaskCall = { job: this.job.name }
    try {
      call = await this.#callOf(args)
    } catch (error) {
      if (!isPulsarError(error, 'PQ_INVALID_ARGUMENTS') && !isPulsarError(error, 'PQ_SERIALIZATION')) throw error
      return this.#outcome(this.#runOf(call), FAILURE, { error: error.message }, error, null)
    }
    const run = this.#runOf(call)
    const ending = await this.#execute(run)
    if (this.#context?.mistake) throw this.#context.mistake
    const { result } = this.#runner
    if (result?.kind === 'threw' && isPulsarError(result.error, 'PQ_INJECTION')) throw result.error
    const report = decodeReport(this.#serializer, ending.kind === 'release' ? null : ending.outcome)
    const error = ending.kind === 'done' && ending.status === SUCCESS ? undefined : this.#errorOf(run, report)
    return this.#outcome(run, statusOf(ending), report, error, ending.kind === 'retry' ? ending.delay : null)
  }

  /** The call, as a worker would decode it. */
  async #callOf(given: object): Promise<TaskCall> {
    const { timeout, metaParams } = checkedOptions(this.options)
    const named = Array.isArray(given) ? this.job.nameArguments(given as unknown[]) : given
    const args = await this.job.checkArguments(named as Readonly<Record<string, unknown>>)
    const call: TaskCall = {
      job: this.job.name,
      args,
      ...(timeout !== null && { timeout }),
      ...(metaParams !== null && { meta: metaParams }),
    }
    return decodeCall(this.#serializer, encodeCall(this.#serializer, call), call.job)
  }

  #runOf(call: TaskCall): Run {
    const queue = this.job.defaultQueue ?? this.#config.defaultTaskQueue
    // Lines of the executor are not lines of the job.
    const onProgress = (_run: Run, value: unknown): Promise<void> => {
      this.#progress.push(decodeProgress(this.#serializer, encodeProgress(this.#serializer, value)))
      return Promise.resolve()
    }
    const logger = new SilentLogger()
    return new Run({ queue, claimed: this.#claimed, call, job: this.job, logger }, { onProgress })
  }

  async #execute(run: Run): Promise<RunEnd> {
    const { signal } = this.options
    const stop = (): void => {
      run.abort('revoked')
    }
    signal?.addEventListener('abort', stop)
    if (signal?.aborted === true) stop()
    const jobs = { find: () => this.job, notAvailable: (name: string) => new TaskNotAvailableError(name, null) }
    const names = { workerName: NODE, nodeName: NODE }
    const parts = { serializer: this.#serializer, runner: this.#runner, clock: SYSTEM_CLOCK }
    const executor = new Executor({ ...parts, ...names, jobs, logger: new SilentLogger() })
    const ending = await executor.execute(run)
    signal?.removeEventListener('abort', stop)
    return ending
  }

  #build(run: RunOfJob): BuiltJob {
    const needsStore = (call: string): Error => context.needsStore(call)
    const parts = { nodeName: NODE, config: this.#config, logger: this.#logger, job: this.job, needsStore }
    const services = {
      backend: fakeBackend(parts),
      workerName: NODE,
      defaultQueue: this.#config.defaultTaskQueue,
      queue: (_run: Run, job: string | object, args: object, queueOptions: JobQueueOptions | undefined) =>
        this.#queue.queue(job, args, queueOptions),
      lock: this.#locks.lock.bind(this.#locks),
      tryLock: (_run: Run, name: string) => Promise.resolve(this.#locks.tryLock(name)),
      shell: () => Promise.reject(new TypeError('unreachable: the context runs it')),
      runInThread: () => Promise.reject(new TypeError('unreachable: the context runs it')),
    }
    const context = new FakeContext(run, services, this.#logger, this.options)
    this.#context = context
    const { target, options } = this.job.registered
    if (typeof target !== 'function') {
      const body = target.run as (this: JobContext, ...args: unknown[]) => unknown
      return { run: (...args) => body.apply(context, args) }
    }
    const bindings = new Map<Token, object>([
      [JobContext, context],
      [Logger, this.#logger],
    ])
    const given = this.options.inject as never[] | undefined
    const built = given ? new target(...given) : this.#container.build(target, options.inject, bindings)
    attachContext(built, context)
    return built as BuiltJob
  }

  /** The error of a run as the job would see it, rather than as it is recorded. */
  #errorOf(run: Run, report: RunReport): Error {
    if (run.abortReason) return run.abortReason
    const { result } = this.#runner
    if (result?.kind === 'threw') return toError(result.error)
    try {
      if (result?.kind === 'returned') encodeReport(this.#serializer, { result: result.value })
    } catch (error) {
      return toError(error)
    }
    return new Error(report.error)
  }

  #outcome(
    run: Run,
    status: TaskState,
    report: RunReport,
    error: Error | undefined,
    retryIn: number | null,
  ): JobRun<unknown> {
    const header = run.header({ status, endedAt: Date.now(), worker: NODE })
    const exception = error === undefined || report.details !== undefined ? {} : { error: error.message }
    const task = new Task(taskFields(header, run.call, { node: NODE, ...report, ...exception }, this.#progress.at(-1)))
    return {
      result: task.result,
      error,
      status,
      statusString: task.statusString,
      retryIn,
      task,
      queued: this.#queue.calls,
      logged: this.#logger.lines,
      progress: this.#progress,
      fetched: this.#context?.fetched ?? [],
      shell: this.#context?.commands ?? [],
      locks: this.#locks.calls,
      orThrow: () => {
        if (error !== undefined) throw error
        return task.result
      },
    }
  }
}

/** Keeps the result or error of the job before it is encoded. */
class KeepingRunner extends InlineRunner {
  result: RunResult | null = null

  override async run(run: RunOfJob): Promise<RunResult> {
    return (this.result = await super.run(run))
  }
}

function checkedOptions({ timeout, metaParams }: RunJobOptions<never>) {
  const checked = checkOptions({ timeout, metaParams })
  return { timeout: checked.timeout, metaParams: checked.meta }
}

function statusOf(ending: RunEnd): TaskState {
  if (ending.kind === 'release') return REVOKED
  return ending.kind === 'retry' ? RETRY : ending.status
}
