import type { ClaimedTask } from '../stores/broker.js'
import { isPulsarError } from '../errors.js'
import type { RunnableJob } from '../jobs/loading/runnable-job.js'
import type { TaskBody, TaskOutcome } from '../model/task-record.js'
import type { FinalState } from '../model/task-state.js'
import { FAILURE, REVOKED, SUCCESS } from '../model/task-state.js'
import type { Serializer } from '../serializers/serializer.js'
import { decodeBody } from '../serializers/task-codec.js'
import type { Encoded } from '../util/encoded.js'
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
  decode(claimed: ClaimedTask): { body: TaskBody } | { ending: RunEnd } {
    try {
      return { body: decodeBody(this.parts.serializer, claimed.body) }
    } catch (error) {
      this.parts.logger.error(`task ${claimed.id} cannot be read and is put aside: ${messageOf(error)}`)
      return { ending: this.#failed({ e: messageOf(error) }, undefined) }
    }
  }

  /** How many tasks like this one may run at once; null: as many as there are. */
  limitOf(run: Run): Limit | null {
    const job = this.parts.jobs.find(run.body.n)
    const max = (run.body.m?.['maxConcurrency'] as number | undefined) ?? job?.options.maxConcurrency ?? 0
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
    const job = this.parts.jobs.find(run.body.n)
    if (!job) return this.#unknown(run)
    if (this.#isExpired(run, job)) return this.#revoked(run, job, 'it expired before it started')
    try {
      const bound = job.bind(run.body.a ?? {})
      const positional = bound instanceof Promise ? await bound : bound
      const begin = (): void => {
        run.begin(run.body.t ?? job.timeout)
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
    const { claimed, body } = run
    const name = body.n
    if (claimed.claimedAt - claimed.queuedAt - (body.d ?? 0) < UNKNOWN_JOB_GRACE) {
      this.parts.logger.warn(`no job is named ${JSON.stringify(name)} here; task ${claimed.id} goes back to its queue`)
      return { kind: 'release', delay: UNKNOWN_JOB_DELAY }
    }
    try {
      this.parts.jobs.require(name)
      return { kind: 'release', delay: 0 }
    } catch (error) {
      return this.#failed(this.#outcome(run, { e: messageOf(error) }), undefined)
    }
  }

  #isExpired({ body, claimed }: Run, job: RunnableJob): boolean {
    const expires = body.x ?? job.expires
    // Not from when it is due now: one that waited for a place was made due anew.
    return claimed.run === 1 && expires > 0 && claimed.claimedAt > claimed.queuedAt + (body.d ?? 0) + expires
  }

  #succeeded(run: Run, job: RunnableJob, result: unknown): RunEnd {
    if (result instanceof EncodedOutcome) {
      return { kind: 'done', status: SUCCESS, outcome: result.bytes, ttl: job.resultTtl }
    }
    let outcome: Encoded
    try {
      outcome = this.parts.serializer.encode(this.#outcome(run, result === undefined ? {} : { r: result }))
    } catch (error) {
      return this.#failed(this.#outcome(run, { e: `the result cannot be stored: ${messageOf(error)}` }), job)
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
    const exception = messageOf(error)
    const handled =
      isPulsarError(error, 'PQ_TASK_ERROR') ||
      isPulsarError(error, 'PQ_NON_RETRYABLE') ||
      isPulsarError(error, 'PQ_INVALID_ARGUMENTS')
    const stack = !handled && error instanceof Error && error.stack !== undefined ? { s: error.stack } : {}
    const outcome = this.#outcome(run, { e: exception, ...stack })
    const delay = this.#retryIn(run, job, error)
    if (delay === null) {
      run.logger.error(`failed: ${exception}`, stack.s === undefined ? {} : { stack: stack.s })
      return this.#failed(outcome, job)
    }
    run.logger.warn(`failed, will run again in ${seconds(delay)}: ${exception}`)
    return { kind: 'retry', delay, outcome: this.parts.serializer.encode(outcome) }
  }

  /** ms to the next run; null when there is none. */
  #retryIn(run: Run, job: RunnableJob, error: unknown): number | null {
    if (isPulsarError(error, 'PQ_NON_RETRYABLE') || isPulsarError(error, 'PQ_INVALID_ARGUMENTS')) return null
    const most = (run.body.m?.['maxRetries'] as number | undefined) ?? job.maxRetries
    const retry = run.claimed.run
    if (retry > most) return null
    try {
      return retryDelay(job.options, run.body.m, retry, error)
    } catch (broken) {
      run.logger.error(`its backoff failed, so the task is not retried: ${messageOf(broken)}`)
      return null
    }
  }

  #failed(outcome: TaskOutcome, job: RunnableJob | undefined): RunEnd {
    return this.#final(FAILURE, outcome, job)
  }

  #revoked(run: Run, job: RunnableJob, reason: string): RunEnd {
    run.logger.warn(`revoked: ${reason}`)
    return this.#final(REVOKED, this.#outcome(run, { e: reason }), job)
  }

  #final(status: FinalState, outcome: TaskOutcome, job: RunnableJob | undefined): RunEnd {
    const encoded = this.parts.serializer.encode(outcome)
    return { kind: 'done', status, outcome: encoded, ttl: job?.failureTtl ?? 604_800_000 }
  }

  #outcome(run: Run, how: TaskOutcome): TaskOutcome {
    return {
      ...how,
      ...(run.dated > 0 && { b: run.dated }),
      w: this.parts.workerName,
      h: this.parts.nodeName,
    }
  }
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message === '' ? error.name : error.message
  return String(error)
}

function seconds(ms: number): string {
  return `${String(ms / 1_000)} s`
}
