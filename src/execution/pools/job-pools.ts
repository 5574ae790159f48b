import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Runner } from '../executor.js'
import { childPorts } from './child-port.js'
import type { MemberProgram } from './member-program.js'
import { Pool } from './pool.js'
import { poolRunner } from './pool-runner.js'
import type { RunCalls } from './pool-run.js'
import { threadPorts } from './thread-port.js'
import type { Run } from '../run.js'
import type { ConcurrencyName } from '../../model/concurrency.js'
import type { Config } from '../../model/config.js'
import type { Serializer } from '../../serializers/serializer.js'
import type { Logger } from '../../logging/logger.js'
import { SupervisorLink } from '../../processes/supervisor-link.js'

/** Modes whose jobs run in a pool. */
export type PoolMode = Extract<ConcurrencyName, 'thread' | 'process'>

/** What the pools of a process are made of. */
export interface JobPoolsParts {
  readonly config: Config
  readonly serializer: Serializer
  readonly logger: Logger
  readonly workerName: string
  readonly calls: (run: Run) => RunCalls
}

/** What a run that was told to stop gets before its thread, or its process, is stopped, ms. */
export const ABORT_GRACE = { thread: 2_000, process: 500 } as const

/** The pools of this process, each started when it is first needed. Made by the wiring. */
export class JobPools {
  readonly #pools = new Map<PoolMode, Pool>()
  readonly #runners = new Map<PoolMode, Runner>()
  #closed = false

  constructor(private readonly parts: JobPoolsParts) {}

  /** Starts the pool of a mode, and waits for its first member. @throws {@link JobLoadError} */
  async start(mode: PoolMode): Promise<void> {
    await this.#pool(mode).start()
  }

  runner(mode: PoolMode): Runner {
    let runner = this.#runners.get(mode)
    if (!runner) {
      const { serializer, workerName, calls } = this.parts
      runner = poolRunner({ pool: this.#pool(mode), serializer, workerName, calls })
      this.#runners.set(mode, runner)
    }
    return runner
  }

  /** Runs a function, carried as its source, in a worker thread. */
  async runInThread(run: Run, source: string, args: readonly unknown[]): Promise<unknown> {
    return await this.#pool('thread').run(run, (number) => ({ kind: 'function', run: number, source, args }), {})
  }

  /** Tells a run in a member that it has lost a lock. */
  notify(run: Run, key: string): void {
    for (const pool of this.#pools.values()) pool.notify(run, key)
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()))
  }

  #pool(mode: PoolMode): Pool {
    let pool = this.#pools.get(mode)
    if (!pool) {
      pool = this.#make(mode)
      if (this.#closed) void pool.close()
      this.#pools.set(mode, pool)
    }
    return pool
  }

  #make(mode: PoolMode): Pool {
    const { config, logger } = this.parts
    const program = memberProgram(config)
    const cores = availableParallelism()
    const shared = mode === 'thread'
    return new Pool({
      kind: mode,
      open: shared ? threadPorts(program) : childPorts(program),
      most: Math.max(1, Math.min(config.concurrentTasks, shared ? Math.max(2, cores) : 2 * cores)),
      shared: shared ? Infinity : 1,
      abortGrace: ABORT_GRACE[mode],
      logger,
    })
  }
}

/**
 * What the members of this process's pools run. A worker process is a second run of the application's program, and so are
 * its threads and children: what the program binds is bound there, too. Elsewhere the program must not run again.
 */
function memberProgram(config: Config): MemberProgram {
  const script = process.argv[1]
  if (SupervisorLink.isWorkerProcess && script !== undefined)
    return { file: script, argv: process.argv.slice(2), data: null }
  return {
    file: fileURLToPath(new URL('./member-entry.js', import.meta.url)),
    argv: [],
    data: Object.fromEntries(Object.entries(config)),
  }
}
