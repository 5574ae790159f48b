import type { ClaimedTask } from '../stores/broker.js'
import { isPulsarError } from '../errors.js'
import type { RunnableJob } from '../jobs/loading/runnable-job.js'
import { DEFAULT_FAILURE_TTL } from '../model/defaults.js'
import type { RunReport, TaskCall } from '../model/task-record.js'
import type { FinalState } from '../model/task-state.js'
import { FAILURE, REVOKED, SUCCESS } from '../model/task-state.js'
import type { Serializer } from '../serializers/serializer.js'
import { decodeCall, encodeReport } from '../serializers/task-codec.js'
import type { Encoded } from '../util/encoded.js'
import { errorMessage } from '../util/thrown.js'
import type { Logger } from '../logging/logger.js'
import { EncodedOutcome } from './encoded-outcome.js'
import { HandBack } from './hand-back.js'
import { retryDelay } from './retry-delay.js'
import type { Run } from './run.js'

/** How a run ended, to be told to whoever gave the task. Times in ms. */
export type RunEnd =
  | { readonly kind: 'done'; readonly status: FinalState; readonly outcome: Encoded; readonly ttl: number }
  | { readonly kind: 'retry'; readonly delay: number; readonly outcome: Encoded }
  /** Handed back: this worker cannot run it, and the run does not count. */
  | { readonly kind: 'release'; readonly delay: number }

/** How many tasks of a job may run at once, over all workers. */
export interface Limit {
  readonly name: string
  readonly max: number
  /** How a task ends for which there is no place; null: it waits. */
  readonly overflow: (() => RunEnd) | null
}

/** What an executor is made of. */
export interface ExecutorParts {
  readonly serializer: Serializer
  readonly jobs: JobSource
  readonly logger: Logger
  readonly workerName: string
  readonly nodeName: string
  /** Builds the job and calls its `run`; settles when that does. */
  readonly runner: Runner
}

/** The jobs that can be run here. */
export interface JobSource {
  find(name: string): RunnableJob | undefined
  /** @throws {@link TaskNotAvailableError} with the nearest name */
  require(name: string): RunnableJob
}

/**
 * Runs one job in one mode. `begin` starts the run's clock: called once, when there is a place to run it. Gives the job's
 * result, or an {@link EncodedOutcome}; throws {@link HandBack} for a task that could not be run here.
 */
export type Runner = (run: Run, positional: readonly unknown[], begin: () => void) => unknown

/** A worker of another version may know a job that this one does not: how long it is given to, ms. */
const UNKNOWN_JOB_GRACE = 600_000
const UNKNOWN_JOB_DELAY = 1_000

/**
 * Takes one claimed task through its steps: decode, find the job, check its age, check its arguments, run it against its
 * deadline, and decide what comes of it. Made once a process; knows no broker and never throws.
 */
export class Executor {
  constructor(private readonly parts: ExecutorParts) {}

  /** Decodes a claimed task. Null when its bytes cannot be read: then `ending` says how it ends. */
  decode(claimed: ClaimedTask): { call: TaskCall } | { ending: RunEnd } {
    try {
      return { call: decodeCall(this.parts.serializer, claimed.body) }
    } catch (error) {
      this.parts.logger.error(`task ${claimed.id} cannot be read and is put aside: ${errorMessage(error)}`)
      return { ending: this.#failed({ error: errorMessage(error) }, undefined) }
    }
  }

  /** How many tasks like this one may run at once; null: as many as there are. */
  limitOf(run: Run): Limit | null {
    const job = this.parts.jobs.find(run.call.job)
    const max = run.call.meta?.maxConcurrency ?? job?.options.maxConcurrency ?? 0
    if (!job || max <= 0 || this.#isExpired(run, job)) return null
    return {
      name: `limit:${job.name}`,
      max,
      overflow:
        job.options.overflow === 'revoke'
          ? () => this.#revoked(run, job, `${String(max)} tasks of this job run already`)
          : null,
    }
  }

  /** Runs a decoded task to its end. The slot is free when this resolves. */
  async execute(run: Run): Promise<RunEnd> {
    const job = this.parts.jobs.find(run.call.job)
    if (!job) return this.#unknown(run)
    if (this.#isExpired(run, job)) return this.#revoked(run, job, 'it expired before it started')
    try {
      const bound = job.bind(run.call.args ?? {})
      const positional = bound instanceof Promise ? await bound : bound
      const begin = (): void => {
        run.begin(run.call.timeout ?? job.timeout)
      }
      const result = await run.orAborted(this.parts.runner(run, positional, begin))
      return this.#succeeded(run, job, result)
    } catch (error) {
      return this.#unsuccessful(run, job, error)
    } finally {
      run.end()
    }
  }

  #unknown(run: Run): RunEnd {
    const { claimed, call } = run
    const name = call.job
    if (claimed.claimedAt - claimed.queuedAt - (call.delay ?? 0) < UNKNOWN_JOB_GRACE) {
      this.parts.logger.warn(`no job is named ${JSON.stringify(name)} here; task ${claimed.id} goes back to its queue`)
      return { kind: 'release', delay: UNKNOWN_JOB_DELAY }
    }
    try {
      this.parts.jobs.require(name)
      return { kind: 'release', delay: 0 }
    } catch (error) {
      return this.#failed(this.#report(run, { error: errorMessage(error) }), undefined)
    }
  }

  #isExpired({ call, claimed }: Run, job: RunnableJob): boolean {
    const expires = call.expires ?? job.expires
    // Not from when it is due now: one that waited for a place was made due anew.
    return claimed.run === 1 && expires > 0 && claimed.claimedAt > claimed.queuedAt + (call.delay ?? 0) + expires
  }

  #succeeded(run: Run, job: RunnableJob, result: unknown): RunEnd {
    if (result instanceof EncodedOutcome) {
      return { kind: 'done', status: SUCCESS, outcome: result.bytes, ttl: job.resultTtl }
    }
    let outcome: Encoded
    try {
      outcome = encodeReport(this.parts.serializer, this.#report(run, result === undefined ? {} : { result }))
    } catch (error) {
      return this.#failed(this.#report(run, { error: `the result cannot be stored: ${errorMessage(error)}` }), job)
    }
    return { kind: 'done', status: SUCCESS, outcome, ttl: job.resultTtl }
  }

  #unsuccessful(run: Run, job: RunnableJob, error: unknown): RunEnd {
    const abort = run.abortReason
    if (abort?.why === 'timeout')
      return this.#revoked(run, job, `the run took longer than its timeout of ${seconds(run.timeout)}`)
    if (abort) return { kind: 'release', delay: 0 }
    if (error instanceof HandBack) {
      run.logger.warn(`goes back to its queue: ${error.message}`)
      return { kind: 'release', delay: error.delay }
    }
    const exception = errorMessage(error)
    const handled =
      isPulsarError(error, 'PQ_TASK_ERROR') ||
      isPulsarError(error, 'PQ_NON_RETRYABLE') ||
      isPulsarError(error, 'PQ_INVALID_ARGUMENTS')
    const stack = !handled && error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {}
    const report = this.#report(run, { error: exception, ...stack })
    const delay = this.#retryIn(run, job, error)
    if (delay === null) {
      run.logger.error(`failed: ${exception}`, stack)
      return this.#failed(report, job)
    }
    run.logger.warn(`failed, will run again in ${seconds(delay)}: ${exception}`)
    return { kind: 'retry', delay, outcome: encodeReport(this.parts.serializer, report) }
  }

  /** ms to the next run; null when there is none. */
  #retryIn(run: Run, job: RunnableJob, error: unknown): number | null {
    if (isPulsarError(error, 'PQ_NON_RETRYABLE') || isPulsarError(error, 'PQ_INVALID_ARGUMENTS')) return null
    const most = run.call.meta?.maxRetries ?? job.maxRetries
    const retry = run.claimed.run
    if (retry > most) return null
    try {
      return retryDelay(job.options, run.call.meta, retry, error)
    } catch (broken) {
      run.logger.error(`its backoff failed, so the task is not retried: ${errorMessage(broken)}`)
      return null
    }
  }

  #failed(report: RunReport, job: RunnableJob | undefined): RunEnd {
    return this.#final(FAILURE, report, job)
  }

  #revoked(run: Run, job: RunnableJob, reason: string): RunEnd {
    run.logger.warn(`revoked: ${reason}`)
    return this.#final(REVOKED, this.#report(run, { error: reason }), job)
  }

  #final(status: FinalState, report: RunReport, job: RunnableJob | undefined): RunEnd {
    const encoded = encodeReport(this.parts.serializer, report)
    return { kind: 'done', status, outcome: encoded, ttl: job?.failureTtl ?? DEFAULT_FAILURE_TTL }
  }

  #report(run: Run, how: RunReport): RunReport {
    return {
      ...how,
      ...(run.dated > 0 && { startedAt: run.dated }),
      worker: this.parts.workerName,
      node: this.parts.nodeName,
    }
  }
}

function seconds(ms: number): string {
  return `${String(ms / 1_000)} s`
}
