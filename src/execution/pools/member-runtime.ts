import { AsyncLocalStorage } from 'node:async_hooks'
import { NonRetryableError } from '../../errors.js'
import type { JobContext } from '../../jobs/define/job-context.js'
import type { BuiltJob, JobSource } from '../../jobs/loading/loaded-jobs.js'
import type { Serializer } from '../../serializers/serializer.js'
import { decodeCall, encodeReport } from '../../serializers/task-codec.js'
import type { Encoded } from '../../model/encoded.js'
import { errorMessage, isError } from '../../util/thrown.js'
import { InlineRunner } from '../inline-runner.js'
import { RunContext } from '../run-context.js'
import type { RunOfJob } from '../run.js'
import { Run } from '../run.js'
import { functionOf } from './function-of.js'
import type { MemberServicesParts } from './member-services.js'
import { MemberServices } from './member-services.js'
import type { MessageOf, ToMember, WireRun, Written } from './protocol.js'
import { RemoteLogger } from './remote-logger.js'
import { toWireError } from './wire-error.js'

/** The jobs of a member. */
export interface MemberJobs extends JobSource {
  build(name: string, context: JobContext): BuiltJob
}

/** The parts of a {@link MemberRuntime}. */
export interface MemberRuntimeParts extends MemberServicesParts {
  readonly jobs: MemberJobs
  readonly serializer: Serializer
  /** Counts the bytes that were written to the pipes so far; null where output comes as messages. */
  readonly written: (() => Written) | null
}

/**
 * Runs jobs in a worker thread or a child process, as its pool tells it to. Made there by {@link serveMember}. A job has the
 * same `this` as on the worker's event loop.
 */
export class MemberRuntime {
  readonly #current = new AsyncLocalStorage<number>()
  readonly #runs = new Map<number, Run>()
  readonly #services: MemberServices

  constructor(private readonly parts: MemberRuntimeParts) {
    this.#services = new MemberServices(parts)
  }

  /** Number of the run whose code is the caller; null outside of runs. */
  get current(): number | null {
    return this.#current.getStore() ?? (this.#runs.size === 1 ? ([...this.#runs.keys()][0] ?? null) : null)
  }

  receive(message: ToMember): void {
    if (message.kind === 'start') void this.#start(message.run, message.task)
    else if (message.kind === 'function') void this.#runFunction(message)
    else if (message.kind === 'abort') this.#runs.get(message.run)?.abort(message.why)
    else if (message.kind === 'ping') this.parts.send({ kind: 'pong' })
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
      const run = this.#runOf(number, task)
      this.#runs.set(number, run)
      const runner = new InlineRunner((of) => this.#build(of, number, task))
      const result = await this.#current.run(number, async () => await runner.run(run))
      if (result.kind === 'returned') {
        return { kind: 'done', run: number, outcome: this.#report(run, task, result.value) }
      }
      if (result.kind === 'released') return { ...result, run: number }
      throw result.kind === 'threw' ? result.error : new Error('the job could not run here')
    } catch (error) {
      return { kind: 'failed', run: number, error: toWireError(error) }
    }
  }

  /** @throws {@link TaskNotAvailableError} */
  #runOf(number: number, { queue, claimed }: WireRun): RunOfJob {
    const { serializer, jobs } = this.parts
    const call = decodeCall(serializer, claimed.body)
    const job = jobs.find(call.job)
    const onProgress = async (_run: Run, value: unknown): Promise<void> => {
      await this.#services.ask(number, 'progress', value)
    }
    const run = new Run({ queue, claimed, call, job: job ?? null, logger: this.#logger(number), onProgress })
    if (run.hasJob()) return run
    throw jobs.notAvailable(call.job)
  }

  #build(run: RunOfJob, number: number, { worker }: WireRun): BuiltJob {
    return this.parts.jobs.build(run.job.name, new RunContext(run, this.#services.of(number, worker)))
  }

  #report(run: Run, { worker }: WireRun, result: unknown): Encoded {
    const { serializer, backend } = this.parts
    try {
      return encodeReport(serializer, { result, startedAt: run.startedAt, worker, node: backend.nodeName })
    } catch (error) {
      throw new NonRetryableError(`the result cannot be stored: ${errorMessage(error)}`)
    }
  }

  #logger(run: number): RemoteLogger {
    return new RemoteLogger((level, name, message, data) => {
      this.parts.send({ kind: 'log', run, level, name, message, data: data && plain(data) })
    })
  }

  async #runFunction({ run, source, args }: Extract<ToMember, { kind: 'function' }>): Promise<void> {
    try {
      const made = functionOf(source)
      const value = await this.#current.run(run, async () => await made(...args))
      this.parts.send({ kind: 'returned', run, value })
    } catch (error) {
      this.parts.send({ kind: 'failed', run, error: toWireError(error) })
    }
  }
}

/** Turns the data of a log line that cannot be sent into text. */
function plain(data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    structuredClone(data)
    return data
  } catch {
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, isError(value) ? toWireError(value) : errorMessage(value)]),
    )
  }
}
