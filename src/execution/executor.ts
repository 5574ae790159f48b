import type { TaskAbortedError } from '../errors.js'
import { isPulsarError } from '../errors.js'
import type { JobSource } from '../jobs/loading/loaded-jobs.js'
import type { Logger } from '../logging/logger.js'
import { DEFAULT_FAILURE_TTL, UNKNOWN_JOB_GRACE } from '../model/defaults.js'
import type { ProblemReport } from '../model/problem.js'
import { Redaction, withoutSecrets } from '../model/redaction.js'
import type { Attempt, RunReport } from '../model/task-record.js'
import type { FinalState } from '../model/task-state.js'
import { FAILURE, REVOKED, SUCCESS } from '../model/task-state.js'
import type { Serializer } from '../serializers/serializer.js'
import { ResultWriter } from '../serializers/result-writer.js'
import { decodeCall, decodeReport, encodeReport, startedAfter } from '../serializers/task-codec.js'
import type { ClaimedTask, DoneSettlement } from '../stores/broker.js'
import type { Clock } from '../util/clock.js'
import type { Encoded } from '../model/encoded.js'
import { applicationVersion } from '../util/application-version.js'
import { cutText, startOf } from '../util/cut-text.js'
import { errorMessage } from '../util/thrown.js'
import { readFailure } from './failure.js'
import { problemOf } from './problem-of.js'
import { retryDelay } from './retry-delay.js'
import type { RunHooks, RunOfJob } from './run.js'
import { Run } from './run.js'
import type { RunEnd } from './run-end.js'
import { runFacts, runOutcome } from './run-telemetry.js'
import type { Telemetry } from '../telemetry/telemetry.js'
import type { Runner } from './runner.js'
import type { RunResult } from './run-result.js'

/** The number of tasks of a job that may run at once, in all workers together. */
export interface Limit {
  readonly name: string
  readonly max: number
  /** Ends a task that is over the limit; null: such a task waits. */
  readonly overflow: (() => RunEnd) | null
  /** ms from the claim until the task expires, less than 0 where it has; null: it does not. */
  readonly expiresIn: number | null
}

/** The name under which the permits of a job's `maxConcurrency` are. */
export function limitName(job: string): string {
  return `limit:${job}`
}

/** The parts of an {@link Executor}. */
export interface ExecutorParts {
  readonly serializer: Serializer
  readonly jobs: JobSource
  readonly logger: Logger
  readonly workerName: string
  readonly nodeName: string
  readonly runner: Runner
  /** The clock by which tasks record their start and end. */
  readonly clock: Clock
  /** Version of the application; null or absent: the one in its package.json. */
  readonly appVersion?: string | null
  /** Of which runs the last log lines are stored. Default: of none. */
  readonly keepLogs?: KeptLogs
  /** Hides values of payloads in what is logged of failures, beside what the job itself hides. Default: nothing. */
  readonly redaction?: Redaction
  /** Records the runs; null: nothing does. */
  readonly telemetry?: Telemetry | null | undefined
}

export type KeptLogs = 'failed' | 'all' | 'none'

const NOTHING_HIDDEN = new Redaction([])
/** Time after which a task of an unknown job is looked at again, ms. */
const UNKNOWN_JOB_DELAY = 1_000
/** Most characters of a store's refusal that go into an error. */
const LONGEST_WORDS = 1_000
/** Most bytes of an error that an attempt keeps. */
const ATTEMPT_WORDS = 200

/**
 * Executes claimed tasks: decodes the task, finds its job, checks whether it has expired, runs it with its timeout, and
 * decides how it ends. Each process makes one. It knows no broker, and never throws.
 */
export class Executor {
  readonly #results: ResultWriter
  readonly #keepsLines: boolean
  /** Makes the logger of a run. One function for all runs: most never need it. */
  readonly #loggerOf = ({ call, claimed, trace }: Run): Logger =>
    this.parts.logger.child(call.job, { task: claimed.id, run: claimed.run, ...trace })

  constructor(private readonly parts: ExecutorParts) {
    this.#results = new ResultWriter(parts.serializer)
    const { keepLogs = 'none' } = parts
    this.#keepsLines = keepLogs !== 'none'
  }

  /** Makes the run of a claimed task. A task whose bytes cannot be read gets a run, too, which fails as soon as it starts. */
  runOf(queue: string, claimed: ClaimedTask, hooks: RunHooks): Run {
    const { serializer, jobs, logger, clock } = this.parts
    try {
      const call = decodeCall(serializer, claimed.body, claimed.job)
      const job = jobs.find(call.job) ?? null
      return new Run({ queue, claimed, call, job, logger: this.#loggerOf, clock, keepsLines: this.#keepsLines }, hooks)
    } catch (error) {
      const unreadable = errorMessage(error)
      return new Run({ queue, claimed, call: { job: claimed.job }, job: null, logger, unreadable, clock }, hooks)
    }
  }

  /** The concurrency limit of a run's task; null: it has none. */
  limitOf(run: Run): Limit | null {
    if (!run.hasJob()) return null
    const { job, call } = run
    const max = call.meta?.maxConcurrency ?? job.options.maxConcurrency ?? 0
    if (max <= 0) return null
    const revokes = job.options.overflow === 'revoke'
    return {
      name: limitName(job.name),
      max,
      overflow: revokes ? () => this.#revoked(run, `${String(max)} tasks of this job run already`) : null,
      expiresIn: expiresIn(run),
    }
  }

  /**
   * Runs a task to its end. Never throws and never rejects; afterwards nothing waits for the run any more.
   *
   * @returns the end at once where the job has returned no promise
   */
  execute(run: Run): RunEnd | Promise<RunEnd> {
    const { telemetry } = this.parts
    // What runs without a queue is a call in the caller's own context.
    return telemetry && !run.isLocal ? this.#traced(run, telemetry) : this.#execute(run)
  }

  #traced(run: Run, telemetry: Telemetry): RunEnd | Promise<RunEnd> {
    const span = telemetry.run(runFacts(run, this.parts.workerName))
    run.trace = span.ids
    const ended = (end: RunEnd): RunEnd => {
      span.end(runOutcome(end, this.parts.serializer))
      return end
    }
    const end = span.within(() => this.#execute(run))
    return 'kind' in end ? ended(end) : end.then(ended)
  }

  #execute(run: Run): RunEnd | Promise<RunEnd> {
    try {
      if (run.unreadable !== null) return this.#unreadable(run, run.unreadable)
      if (!run.hasJob()) return this.#unknown(run)
      if (isExpired(run)) return this.#revoked(run, 'it expired before it started')
      const result = this.parts.runner.run(run)
      if ('kind' in result) return this.#over(run, result)
      return run.resultOrAbort(result).then((settled) => this.#over(run, settled))
    } catch (error) {
      return this.#broken(run, error)
    }
  }

  #over(run: RunOfJob, result: RunResult): RunEnd {
    try {
      run.end()
      return this.#endOf(run, result)
    } catch (error) {
      return this.#broken(run, error)
    }
  }

  #endOf(run: RunOfJob, result: RunResult): RunEnd {
    switch (result.kind) {
      case 'returned':
        return this.#returned(run, result.value)
      case 'reported':
        return this.#final(run, SUCCESS, this.#withExtras(run, result.outcome))
      case 'released':
        run.logger.warn(`the task goes back to its queue: ${result.reason}`)
        return { kind: 'release', task: run.claimed, delay: result.delay }
      case 'threw':
        return run.abortReason ? this.#aborted(run, run.abortReason) : this.#threw(run, result.error)
    }
  }

  /** Ends a run whose outcome the store has refused for good. Its error contains the words of the store. */
  refused(run: Run, words: string): RunEnd {
    const error = `the store refused the outcome of the run: ${startOf(words, LONGEST_WORDS)}`
    run.logger.error(`the task failed: ${error}`)
    return this.#failed(run, this.#report(run, { error }))
  }

  /** Fails the task of a run in which a step has thrown, such as a logger of the application. No other task is concerned. */
  #broken(run: Run, error: unknown): RunEnd {
    try {
      return this.#failed(run, this.#report(run, { error: errorMessage(error) }))
    } catch {
      // Not even the error can be encoded. The task goes back to its queue for a worker with another serializer.
      return { kind: 'release', task: run.claimed, delay: UNKNOWN_JOB_DELAY, forOthers: true }
    }
  }

  #unreadable(run: Run, error: string): RunEnd {
    this.parts.logger.error(`task ${run.claimed.id} cannot be read and fails: ${error}`)
    return this.#failed(run, { error })
  }

  #unknown(run: Run): RunEnd {
    const { claimed, call } = run
    const { jobs, logger } = this.parts
    // Not counted from when it was queued: it may have waited for long before any worker took it.
    const { claimedAt, unknownSince = claimedAt } = claimed
    if (claimedAt - unknownSince < UNKNOWN_JOB_GRACE) {
      logger.warn(`no job is named ${JSON.stringify(call.job)} here; task ${claimed.id} goes back to its queue`)
      return { kind: 'release', task: claimed, delay: UNKNOWN_JOB_DELAY, forOthers: true, unknownSince }
    }
    return this.#failed(run, this.#report(run, { error: jobs.notAvailable(call.job).message }))
  }

  #returned(run: RunOfJob, result: unknown): RunEnd {
    try {
      const after = startedAfter(run.claimed.claimedAt, run.dated)
      return this.#final(run, SUCCESS, this.#withExtras(run, this.#results.write(result, after)))
    } catch (error) {
      return this.#failed(run, this.#report(run, { error: `the result cannot be stored: ${errorMessage(error)}` }))
    }
  }

  /** The outcome of a run that has succeeded, with what its job hides, and with its lines where those of all runs are kept. */
  #withExtras(run: RunOfJob, outcome: Encoded): Encoded {
    const { serializer, keepLogs } = this.parts
    if (run.job.redact.length === 0 && keepLogs !== 'all') return outcome
    const extras = { ...hiddenBy(run), ...(keepLogs === 'all' && linesOf(run)) }
    if (Object.keys(extras).length === 0) return outcome
    return encodeReport(serializer, { ...decodeReport(serializer, outcome), ...extras })
  }

  /** A run that exceeded its timeout is retried like a failed one. Where no retry is left, its task is revoked. */
  #aborted(run: RunOfJob, reason: TaskAbortedError): RunEnd {
    if (reason.why !== 'timeout') return { kind: 'release', task: run.claimed, delay: 0 }
    const error = `the run took longer than its timeout of ${seconds(run.timeout)}`
    const problem = this.#problem(run, { name: reason.name, message: error, stack: undefined })
    const how = { error, ...idOf(problem), ...linesOf(run) }
    const retry = this.#retried(run, reason, how, REVOKED, problem)
    if (retry !== null) return retry
    run.logger.warn(this.#loggable(run, `the task is revoked: ${error}`))
    return this.#failed(run, this.#report(run, how), problem, REVOKED)
  }

  #threw(run: RunOfJob, error: unknown): RunEnd {
    const failure = readFailure(error)
    const stack = isHandled(error) || failure.stack === undefined ? {} : { stack: failure.stack }
    const { name, message } = failure.details
    const problem = this.#problem(run, { name, message, stack: failure.stack })
    const how = { error: failure.error, details: failure.details, ...stack, ...idOf(problem), ...linesOf(run) }
    const retry = this.#retried(run, error, how, FAILURE, problem)
    if (retry !== null) return retry
    run.logger.error(this.#loggable(run, `the task failed: ${failure.error}`), this.#loggable(run, stack))
    return this.#failed(run, this.#report(run, how), problem)
  }

  /**
   * The retry of a run that did not succeed; null when there is none.
   *
   * @param error - for the job's `backoff`
   * @param status - the state in which the task ends without a retry
   */
  #retried(
    run: RunOfJob,
    error: unknown,
    how: RunReport,
    status: FinalState,
    problem: ProblemReport | null,
  ): RunEnd | null {
    const delay = retryIn(run, error)
    if (delay === null) return null
    const words = `the task failed and will run again in ${seconds(delay)}: ${how.error ?? ''}`
    run.logger.warn(this.#loggable(run, words))
    const outcome = encodeReport(this.parts.serializer, this.#report(run, how))
    const attempt = this.#attempt(run, how.error ?? '')
    return { kind: 'retry', task: run.claimed, delay, status, outcome, attempt, ...(problem && { problem }) }
  }

  /** What is logged of a failure: without the values that operators must not see, either. */
  #loggable<T extends string | object>({ call, job }: RunOfJob, said: T): T {
    const redaction = (this.parts.redaction ?? NOTHING_HIDDEN).with([...job.redact, ...(call.redact ?? [])])
    return withoutSecrets(said, redaction.secretsIn([call.args, call.meta])) as T
  }

  /** The problem that a run has met; null where it cannot be told, which fails nothing. */
  #problem({ call }: Run, failure: { name: string; message: string; stack: string | undefined }): ProblemReport | null {
    const { appVersion } = this.parts
    try {
      return problemOf({ job: call.job, args: [call.args, call.meta], ...failure }, appVersion ?? applicationVersion())
    } catch {
      return null
    }
  }

  #attempt(run: RunOfJob, error: string): Attempt {
    const endedAt = this.parts.clock.now()
    const startedAt = run.dated > 0 ? run.dated : endedAt
    const words = cutText(error, ATTEMPT_WORDS)
    return { run: run.claimed.run, startedAt, endedAt, worker: this.parts.workerName, error: words }
  }

  #failed(run: Run, report: RunReport, problem: ProblemReport | null = null, status: FinalState = FAILURE): RunEnd {
    const end = this.#final(run, status, encodeReport(this.parts.serializer, report))
    return problem === null ? end : { ...end, problem }
  }

  #revoked(run: RunOfJob, reason: string): RunEnd {
    run.logger.warn(this.#loggable(run, `the task is revoked: ${reason}`))
    return this.#final(run, REVOKED, encodeReport(this.parts.serializer, this.#report(run, { error: reason })))
  }

  #final({ claimed, job }: Run, status: FinalState, outcome: Encoded): DoneSettlement {
    const ttl = status === SUCCESS ? job?.resultTtl : job?.failureTtl
    return { kind: 'done', task: claimed, status, outcome, ttl: ttl ?? DEFAULT_FAILURE_TTL }
  }

  #report(run: Run, how: RunReport): RunReport {
    const { workerName, nodeName } = this.parts
    const report = { ...how, ...hiddenBy(run), worker: workerName, node: nodeName }
    return run.dated > 0 ? { ...report, startedAt: run.dated } : report
  }
}

function hiddenBy({ job }: Run): Pick<RunReport, 'redact'> {
  const { redact = [] } = job ?? {}
  return redact.length > 0 ? { redact } : {}
}

function linesOf({ lines }: Run): Pick<RunReport, 'logs' | 'logStart' | 'firstLog'> {
  return lines ?? {}
}

function idOf(problem: ProblemReport | null): Pick<RunReport, 'problem'> {
  return problem === null ? {} : { problem: problem.id }
}

/** ms from the claim until a task expires; null for a task that does not, and for one that has run. */
function expiresIn({ call, claimed, job }: RunOfJob): number | null {
  const expires = call.expires ?? job.expires
  if (claimed.run > 1 || expires <= 0) return null
  // Counted from when it was due first: a task that waited for a permit was made due anew.
  return claimed.queuedAt + (call.delay ?? 0) + expires - claimed.claimedAt
}

function isExpired(run: RunOfJob): boolean {
  return (expiresIn(run) ?? 0) < 0
}

/** Wait before the next run, ms; null: there is no further run. */
function retryIn({ call, claimed, job, logger }: RunOfJob, error: unknown): number | null {
  if (isPulsarError(error, 'PQ_NON_RETRYABLE') || isPulsarError(error, 'PQ_INVALID_ARGUMENTS')) return null
  const retry = claimed.run
  if (retry > (call.meta?.maxRetries ?? job.maxRetries)) return null
  try {
    return retryDelay(job.options, call.meta, retry, error)
  } catch (broken) {
    logger.error(`the job's backoff failed, so the task is not retried: ${errorMessage(broken)}`)
    return null
  }
}

/** Whether a job has thrown its error on purpose. The stack trace of such an error is not kept. */
function isHandled(error: unknown): boolean {
  return (
    isPulsarError(error, 'PQ_TASK_ERROR') ||
    isPulsarError(error, 'PQ_NON_RETRYABLE') ||
    isPulsarError(error, 'PQ_INVALID_ARGUMENTS')
  )
}

function seconds(ms: number): string {
  return `${String(ms / 1_000)} s`
}
