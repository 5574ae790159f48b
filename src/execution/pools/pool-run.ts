import type { Logger } from '../../logging/logger.js'
import type { QueueOptions } from '../../model/queue-options.js'
import type { Run } from '../run.js'
import type { RunResult } from '../run-result.js'
import type { LineSplitter } from './line-splitter.js'
import type { HostCalls, LogMessage, MessageOf, OutputStream, RunMessage, ToMember } from './protocol.js'
import { lineLog, writeLine } from './run-log.js'
import { fromWireError, toWireError } from './wire-error.js'
import type { WireValue } from './wire-value.js'
import { pack, packForThread, unpack } from './wire-value.js'
import type { Deadline } from '../../util/deadline.js'
import { deadline } from '../../util/deadline.js'

/** The parts of a {@link PoolRun}. */
export interface PoolRunParts {
  readonly run: Run
  /** Makes the message that starts the run in a member. Called when there is a member, since it starts the run's clock. */
  readonly begin: (number: number) => ToMember
  /** Makes the functions that serve the member's calls for the run; null: the run makes no calls. */
  readonly calls: ((onLockLost: (key: string) => void) => HostCalls) | null
  /** Whether the members are threads: memory can be shared with them. */
  readonly isThread: boolean
}

/** A run in a pool, from its wait for a member until the member has finished it. Created by the {@link Pool}. */
export class PoolRun {
  /** Whether the run needs a member of its own: it shared one that died, and it is unknown which run was to blame. */
  alone = false
  /** Whether the result is settled, so that nobody waits for it any more. */
  abandoned = false
  readonly result: Promise<RunResult>
  #settle!: (result: RunResult) => void
  #overdue: Deadline | undefined
  #send: ((message: ToMember) => void) | null = null
  #deaths = 0
  #executing = 0
  readonly #calls: HostCalls | null
  readonly #lines: Readonly<Record<OutputStream, LineSplitter>>

  constructor(
    readonly number: number,
    private readonly parts: PoolRunParts,
  ) {
    this.result = new Promise((resolve) => {
      this.#settle = resolve
    })
    this.#calls =
      parts.calls?.((key) => {
        this.#send?.({ kind: 'lock-lost', run: number, key })
      }) ?? null
    const { logger } = parts.run
    this.#lines = { stdout: lineLog(logger, 'stdout'), stderr: lineLog(logger, 'stderr') }
  }

  get logger(): Logger {
    return this.parts.run.logger
  }

  /** Starts the run in a member. @throws {@link TaskAbortedError} when the run was told to stop meanwhile */
  start(send: (message: ToMember) => void): void {
    const message = this.parts.begin(this.number)
    this.#send = send
    send(message)
  }

  /** Number of members that have died with the run in them, and were ended by code of another run. */
  get deaths(): number {
    return this.#deaths
  }

  /** Prepares the run to start again in another member. @param alone - whether it gets a member of its own */
  restart(alone: boolean): void {
    this.alone = alone
    this.#send = null
    if (!alone) this.#deaths += 1
  }

  /** Handles a message of the member. @returns whether the member has finished the run */
  receive(message: RunMessage): boolean {
    switch (message.kind) {
      case 'call':
        void this.#answer(message)
        return false
      case 'done':
        this.settle({ kind: 'reported', outcome: message.outcome })
        return true
      case 'returned':
        this.settle(returned(message.value))
        return true
      case 'released':
        this.settle({ kind: 'released', reason: message.reason, delay: message.delay })
        return true
      case 'failed':
        this.settle({ kind: 'threw', error: fromWireError(message.error) })
        return true
    }
  }

  /** Turns text that the job printed into lines of its log. */
  printed(stream: OutputStream, text: string): void {
    this.#lines[stream].push(text)
  }

  logged(line: LogMessage): void {
    writeLine(this.parts.run.logger, line)
  }

  /**
   * Tells the member to stop the run, and settles the run at once.
   *
   * @param grace - ms after which a run that still goes on is overdue
   * @param onOverdue - called for an overdue run; never for one that no member has
   */
  abandon(grace: number, onOverdue: () => void): void {
    const { lifetime, abortReason } = this.parts.run
    this.abandoned = true
    this.settle({ kind: 'threw', error: lifetime.reason })
    if (this.#send === null) return
    this.#send({ kind: 'abort', run: this.number, why: abortReason?.why ?? null })
    this.#overdue = deadline(onOverdue, grace)
  }

  /** Settles the run with a result. Only the first call counts. */
  settle(result: RunResult): void {
    this.close()
    this.#lines.stdout.end()
    this.#lines.stderr.end()
    this.#settle(result)
  }

  /** Stops the timer of the run, when the member has finished it or has ended. */
  close(): void {
    this.#overdue?.clear()
  }

  /** Whether its job waits for a task that it has executed, without a queue: that task may need a member, too. */
  get isExecuting(): boolean {
    return this.#executing > 0
  }

  async #answer({ call, method, args }: MessageOf<'call'>): Promise<void> {
    const send = this.#send
    let executes = false
    try {
      const given = unpack(args) as readonly unknown[]
      executes = method === 'queue' && (given[2] as QueueOptions | undefined)?.queue === false
      if (executes) this.#executing += 1
      const serve = this.#calls?.[method] as ((...args: readonly unknown[]) => unknown) | undefined
      if (serve === undefined) throw new TypeError(`${method} cannot be called from here`)
      const toPack = method === 'runInThread' && this.parts.isThread ? packForThread : pack
      send?.({ kind: 'answer', call, value: toPack(await serve(...given)) })
    } catch (error) {
      send?.({ kind: 'refusal', call, error: toWireError(error) })
    } finally {
      if (executes) this.#executing -= 1
    }
  }
}

function returned(value: WireValue): RunResult {
  try {
    return { kind: 'returned', value: unpack(value) }
  } catch (error) {
    return { kind: 'threw', error }
  }
}
