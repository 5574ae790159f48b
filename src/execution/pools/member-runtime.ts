import { AsyncLocalStorage } from 'node:async_hooks'
import { NonRetryableError } from '../../errors.js'
import type { RegisteredJob } from '../../jobs/define/registry.js'
import type { JobContext } from '../../jobs/define/job-context.js'
import type { BuiltJob, JobSource } from '../../jobs/loading/loaded-jobs.js'
import type { Serializer } from '../../serializers/serializer.js'
import type { TaskCall } from '../../model/task-record.js'
import { decodeCall, encodeProgress, encodeReport, startedAfter } from '../../serializers/task-codec.js'
import type { Encoded } from '../../model/encoded.js'
import { errorMessage } from '../../util/thrown.js'
import { InlineRunner } from '../inline-runner.js'
import { RunContext } from '../run-context.js'
import type { Telemetry } from '../../telemetry/telemetry.js'
import type { RunResult } from '../run-result.js'
import type { RunOfJob } from '../run.js'
import { Run } from '../run.js'
import { functionOf } from './function-of.js'
import type { MemberServicesParts } from './member-services.js'
import { MemberServices } from './member-services.js'
import type { MessageOf, Origin, ToMember, WireRun, Written } from './protocol.js'
import { originOf } from './origin.js'
import { RemoteLogger } from './remote-logger.js'
import { toWireError } from './wire-error.js'
import { pack, packForThread, unpack } from './wire-value.js'

/** The jobs of a member. */
export interface MemberJobs extends JobSource {
  build(job: RegisteredJob, context: JobContext): BuiltJob
}

/** The parts of a {@link MemberRuntime}. */
export interface MemberRuntimeParts extends MemberServicesParts {
  readonly jobs: MemberJobs
  readonly serializer: Serializer
  /** Counts the bytes that were written to the pipes so far; null where output comes as messages. */
  readonly written: (() => Written) | null
  readonly telemetry?: Telemetry | null | undefined
}

/**
 * Runs jobs in a worker thread or a child process, as its pool tells it to. Created there by {@link serveMember}. A job has the
 * same `this` as on the worker's event loop.
 */
export class MemberRuntime {
  readonly #origin = new AsyncLocalStorage<Origin>()
  readonly #runs = new Map<number, Run>()
  /** Numbers of the functions that run. */
  readonly #functions = new Set<number>()
  readonly #services: MemberServices

  constructor(private readonly parts: MemberRuntimeParts) {
    this.#services = new MemberServices(
      parts,
      (number) => this.#runs.has(number),
      (origin) => this.#logger(origin),
    )
  }

  /** The run whose code is the caller, even if the run is over; null outside of runs. */
  get origin(): Origin | null {
    return this.#origin.getStore() ?? null
  }

  /** Whether nobody waits for a run any more: it has ended here, or it was told to stop. */
  isOver({ run }: Origin): boolean {
    const abortReason = this.#runs.get(run)?.abortReason
    return abortReason === undefined ? !this.#functions.has(run) : abortReason !== null
  }

  receive(message: ToMember): void {
    if (message.kind === 'start') void this.#start(message.run, message.task)
    else if (message.kind === 'function') void this.#runFunction(message)
    else if (message.kind === 'abort') {
      if (message.why !== null) this.#runs.get(message.run)?.abort(message.why)
      this.#functions.delete(message.run)
    } else if (message.kind === 'ping') this.parts.send({ kind: 'pong' })
    else this.#services.receive(message)
  }

  async #start(number: number, task: WireRun): Promise<void> {
    const message = await this.#execute(number, task)
    this.#runs.get(number)?.end()
    this.#runs.delete(number)
    const { written, send } = this.parts
    send(written === null ? message : { ...message, written: written() })
  }

  async #execute(number: number, task: WireRun): Promise<MessageOf<'done' | 'failed' | 'released'>> {
    try {
      const call = decodeCall(this.parts.serializer, task.claimed.body, task.claimed.job)
      const origin = originOf(number, call.job, task.claimed)
      const run = this.#runOf(origin, call, task)
      this.#runs.set(number, run)
      const runner = new InlineRunner((of) => this.#build(of, origin, task))
      const { telemetry } = this.parts
      const start = async (): Promise<RunResult> => await runner.run(run)
      const traced = telemetry ? () => telemetry.within(task.carrier, start) : start
      const result = await this.#origin.run(origin, traced)
      if (result.kind === 'returned') {
        return { kind: 'done', run: number, outcome: this.#report(run, result.value) }
      }
      if (result.kind === 'released') return { ...result, run: number }
      throw result.kind === 'threw' ? result.error : new Error('the job could not run here')
    } catch (error) {
      return { kind: 'failed', run: number, error: toWireError(error) }
    }
  }

  /** @throws {@link TaskNotAvailableError} */
  #runOf(origin: Origin, call: TaskCall, { queue, claimed }: WireRun): RunOfJob {
    const { jobs } = this.parts
    const job = jobs.find(call.job)
    const onProgress = async (_run: Run, value: unknown): Promise<void> => {
      if (!this.#runs.has(origin.run)) return
      // Refused here, as on the worker's event loop: a copy would make plain objects of all classes.
      encodeProgress(this.parts.serializer, value)
      await this.#services.ask(origin, 'progress', value)
    }
    const run = new Run({ queue, claimed, call, job: job ?? null, logger: this.#logger(origin) }, { onProgress })
    if (run.hasJob()) return run
    throw jobs.notAvailable(call.job)
  }

  #build(run: RunOfJob, origin: Origin, { worker }: WireRun): BuiltJob {
    return this.parts.jobs.build(run.job.registered, new RunContext(run, this.#services.of(origin, worker)))
  }

  #report(run: Run, result: unknown): Encoded {
    try {
      return encodeReport(this.parts.serializer, {
        result,
        startedAfter: startedAfter(run.claimed.claimedAt, run.startedAt),
      })
    } catch (error) {
      throw new NonRetryableError(`the result cannot be stored: ${errorMessage(error)}`)
    }
  }

  #logger(of: Origin): RemoteLogger {
    return new RemoteLogger((line) => {
      this.parts.send({ kind: 'log', of, ...line })
    })
  }

  async #runFunction({ of, source, args }: Extract<ToMember, { kind: 'function' }>): Promise<void> {
    const { run } = of
    this.#functions.add(run)
    try {
      const made = functionOf(source)
      const value = await this.#origin.run(of, async () => await made(...(unpack(args) as readonly unknown[])))
      const toPack = this.parts.isThread ? packForThread : pack
      this.parts.send({ kind: 'returned', run, value: toPack(value) })
    } catch (error) {
      this.parts.send({ kind: 'failed', run, error: toWireError(error) })
    } finally {
      this.#functions.delete(run)
    }
  }
}
