import { availableParallelism } from 'node:os'
import type { Token } from '../../container/container.js'
import type { RunnableJob } from '../../jobs/loading/runnable-job.js'
import type { Logger } from '../../logging/logger.js'
import type { Serializer } from '../../serializers/serializer.js'
import { encodeCall } from '../../serializers/task-codec.js'
import type { Run, RunOfJob } from '../run.js'
import type { RunResult } from '../run-result.js'
import type { Runner } from '../runner.js'
import { ReleaseError } from '../run-result.js'
import type { Telemetry } from '../../telemetry/telemetry.js'
import { childPorts } from './child-port.js'
import type { MemberProgram } from './member-program.js'
import { originOf } from './origin.js'
import { Pool } from './pool.js'
import type { PoolMode } from './pool-mode.js'
import { ABORT_GRACE } from './pool-mode.js'
import { requirePoolable } from './pool-requirements.js'
import type { HostCalls, ToMember, WireRun } from './protocol.js'
import { threadPorts } from './thread-port.js'
import { packForThread } from './wire-value.js'

/** The parts of a {@link PoolRunner}. */
export interface PoolRunnerParts {
  /** The program that the members run. */
  readonly program: MemberProgram
  /** Most tasks that this process runs at once. */
  readonly concurrentTasks: number
  readonly serializer: Serializer
  readonly logger: Logger
  readonly workerName: string
  /** Whether the setting `taskPaths` lists the files of the jobs. */
  readonly listsFiles: boolean
  /** Tokens that the application has bound in this process. */
  readonly bound: readonly Token[]
  /** Makes the functions that serve a run's calls to this process. */
  readonly hostCalls: (run: Run, onLockLost: (key: string) => void) => HostCalls
  readonly telemetry?: Telemetry | null | undefined
}

/** Runs jobs in a pool of threads or of child processes. The arguments are bound there. */
export class PoolRunner implements Runner {
  readonly #pool: Pool
  readonly #prepared = new WeakSet<RunnableJob>()

  constructor(
    private readonly mode: PoolMode,
    private readonly parts: PoolRunnerParts,
  ) {
    const { program, concurrentTasks, logger } = parts
    const cores = availableParallelism()
    const isThread = mode === 'thread'
    this.#pool = new Pool({
      mode,
      open: isThread ? threadPorts(program) : childPorts(program),
      maxMembers: Math.max(1, Math.min(concurrentTasks, isThread ? Math.max(2, cores) : 2 * cores)),
      runsPerMember: isThread ? Infinity : 1,
      abortGrace: ABORT_GRACE[mode],
      logger,
    })
  }

  prepare(job: RunnableJob): void {
    if (this.#prepared.has(job)) return
    requirePoolable(job, this.parts)
    this.#prepared.add(job)
  }

  async start(): Promise<void> {
    await this.#pool.start()
  }

  async run(run: RunOfJob): Promise<RunResult> {
    try {
      this.prepare(run.job)
      const task = this.#wireRun(run)
      const begin = (number: number): ToMember => {
        run.begin()
        return { kind: 'start', run: number, task }
      }
      return await this.#pool.run({
        run,
        begin,
        calls: (onLockLost) => this.parts.hostCalls(run, onLockLost),
        isThread: this.mode === 'thread',
      })
    } catch (error) {
      return { kind: 'threw', error }
    }
  }

  /** Runs a function from its source in a member, at most until the end of a run. @throws the error of the function */
  async runFunction(run: Run, source: string, args: readonly unknown[]): Promise<unknown> {
    const { call, claimed } = run
    const begin = (number: number): ToMember => ({
      kind: 'function',
      of: originOf(number, call.job, claimed),
      source,
      args: packForThread(args),
    })
    const result = await this.#pool.run({ run, begin, calls: null, isThread: true })
    if (result.kind === 'threw') throw result.error
    if (result.kind === 'released') throw new ReleaseError(result.reason, result.delay)
    return result.kind === 'returned' ? result.value : undefined
  }

  async close(): Promise<void> {
    await this.#pool.close()
  }

  #wireRun({ queue, claimed, call }: RunOfJob): WireRun {
    const body = claimed.body.length > 0 ? claimed.body : encodeCall(this.parts.serializer, call)
    // The bytes of a claimed task are a view of a whole reply, which would be sent with them: they are copied.
    const sent = typeof body === 'string' ? body : new Uint8Array(body)
    return {
      queue,
      claimed: { ...claimed, claim: undefined, body: sent },
      worker: this.parts.workerName,
      carrier: this.parts.telemetry?.carrier(),
    }
  }
}
