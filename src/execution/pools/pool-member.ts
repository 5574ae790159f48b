import type { Logger } from '../../logging/logger.js'
import { toError } from '../../util/thrown.js'
import { LineSplitter } from './line-splitter.js'
import type { MemberPort, OpenMember } from './member-port.js'
import type { FromMember, LogMessage, MessageOf, Origin, OutputStream, RunMessage, ToMember } from './protocol.js'
import { printLines, writeLine } from './run-log.js'
import { fromWireError } from './wire-error.js'
import type { Deadline } from '../../util/deadline.js'
import { deadline } from '../../util/deadline.js'
import { clearTimeout, setTimeout } from '../../util/timers.js'

/** The facts of a run that its member needs. */
export interface MemberRun {
  readonly number: number
  /** Whether the run needs a member of its own. */
  readonly alone: boolean
  /** Whether the result of the run is settled, so that nobody waits for it any more. */
  readonly abandoned: boolean
  printed(stream: OutputStream, text: string): void
  logged(line: LogMessage): void
}

/** Receives the events of a member. None comes before the member's constructor has returned. */
export interface MemberListener<R> {
  /** The member can run jobs. */
  ready(): void
  /** The member has sent a message about a run. */
  message(run: R, message: RunMessage): void
  /** The member has ended. @param how - a phrase, such as `ended with SIGSEGV` */
  ended(how: string): void
}

/** Number of runs after which a member is replaced. This bounds the memory that leaks in the code of jobs. */
const RECYCLE_AFTER = 10_000
/** Time after which an idle member ends, unless it is the last one, ms. */
const IDLE_LIMIT = 60_000
/** Time without an answer of its event loop after which a member counts as stuck, ms. */
const PING_LIMIT = 1_000
/** Longest time in which a member may load the jobs, ms. */
const LAUNCH_LIMIT = 60_000

/**
 * A worker thread or child process of a pool, with its runs. Created by the {@link Pool}, which gives it the runs.
 *
 * 1. It starts at once, and is `ready` when it has loaded the jobs. 2. It gets runs until it is `retiring`. 3. It ends when
 * it is told to, when it is killed, or when one of its runs crashes it.
 */
export class PoolMember<R extends MemberRun> {
  readonly runs = new Map<number, R>()
  #ready = false
  #retiring = false
  #toldToEnd = false
  #served = 0
  #ending: MessageOf<'ending'> | null = null
  #launchError: Error | null = null
  #launch: Deadline | undefined
  #idle: NodeJS.Timeout | undefined
  #pinged: Deadline | undefined
  readonly #port: MemberPort
  readonly #lines: Readonly<Record<OutputStream, LineSplitter>>

  constructor(
    open: OpenMember,
    private readonly listener: MemberListener<R>,
    private readonly logger: Logger,
  ) {
    const lines = (): LineSplitter =>
      new LineSplitter((line) => {
        logger.info(`${this.#port.label} prints: ${line}`)
      })
    this.#lines = { stdout: lines(), stderr: lines() }
    this.#port = open({
      message: (message) => {
        this.#receive(message)
      },
      output: (stream, text) => {
        this.#printed(null, stream, text)
      },
      ended: (how) => {
        this.#launch?.clear()
        clearTimeout(this.#idle)
        this.#pinged?.clear()
        listener.ended(how)
      },
    })
    this.#launch = deadline(() => {
      this.#launchError = new Error(`it was not ready within ${String(LAUNCH_LIMIT / 1_000)} s`)
      this.kill()
    }, LAUNCH_LIMIT)
  }

  /** Whether the member has loaded the jobs. */
  get ready(): boolean {
    return this.#ready
  }

  /** Whether the member gets no more runs. */
  get retiring(): boolean {
    return this.#retiring
  }

  /** Whether the member was told to end. */
  get toldToEnd(): boolean {
    return this.#toldToEnd
  }

  /** The member's own message that it ends, with the run whose code ends it; null: it sent none. */
  get ending(): MessageOf<'ending'> | null {
    return this.#ending
  }

  /** The logger of a run that is no longer in the member. */
  loggerOf({ job, bindings }: Origin): Logger {
    return this.logger.child(job, { ...bindings })
  }

  /** The error for which the member could not load the jobs; null: none is known. */
  get launchError(): Error | null {
    return this.#launchError
  }

  /** Whether the member can take another run. */
  get isFree(): boolean {
    return this.#ready && !this.#retiring && ![...this.runs.values()].some(({ alone }) => alone)
  }

  /** Whether the result of one of the member's runs is still awaited. */
  get isWanted(): boolean {
    return [...this.runs.values()].some(({ abandoned }) => !abandoned)
  }

  /** Adds a run that is about to start. */
  add(run: R): void {
    clearTimeout(this.#idle)
    this.runs.set(run.number, run)
    this.#served += 1
    if (this.#served >= RECYCLE_AFTER) this.#retiring = true
  }

  send(message: ToMember): void {
    this.#port.send(message)
  }

  /** Retires the member: it gets no more runs. */
  retire(): void {
    this.#retiring = true
  }

  /** Ends the member after a while, unless it then has a run or is the last one. */
  endWhenIdle(isLast: () => boolean): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => {
      if (this.runs.size === 0 && !isLast()) this.end()
    }, IDLE_LIMIT).unref()
  }

  /** Ends the member. It must have no runs. */
  end(): void {
    this.#retiring = true
    this.#toldToEnd = true
    this.#port.end()
  }

  /** Ends the member and its runs at once. */
  kill(): void {
    this.#port.kill()
  }

  /** Kills the member unless its event loop answers. */
  killIfStuck(): void {
    this.send({ kind: 'ping' })
    this.#pinged?.clear()
    this.#pinged = deadline(() => {
      this.kill()
    }, PING_LIMIT)
  }

  #receive(message: FromMember): void {
    switch (message.kind) {
      case 'ready':
        this.#launch?.clear()
        this.#ready = true
        this.listener.ready()
        return
      case 'unfit':
        this.#launchError = toError(fromWireError(message.error))
        return
      case 'ending':
        this.#ending = message
        return
      case 'output':
        this.#printed(message.of, message.stream, message.text)
        return
      case 'log':
        this.#logged(message)
        return
      case 'stray': {
        const { of, error } = message
        const data = error.stack === undefined ? {} : { stack: error.stack }
        this.loggerOf(of).warn(`a promise was rejected after the end of the run: ${error.message}`, data)
        return
      }
      case 'pong':
        this.#pinged?.clear()
        return
      default: {
        const run = this.runs.get(message.run)
        if (run) this.listener.message(run, message)
      }
    }
  }

  #logged(line: LogMessage): void {
    const { of } = line
    const run = of === null ? undefined : this.runs.get(of.run)
    if (run) run.logged(line)
    else writeLine(of === null ? this.logger : this.loggerOf(of), line)
  }

  /** Finds the run that printed a text. Where the member does not say which, and has a single run, it is that one. */
  #printed(of: Origin | null, stream: OutputStream, text: string): void {
    const run = of === null ? this.#onlyRun() : this.runs.get(of.run)
    if (run) run.printed(stream, text)
    else if (of === null) this.#lines[stream].push(text)
    else printLines(this.loggerOf(of), stream, text)
  }

  #onlyRun(): R | undefined {
    return this.runs.size === 1 ? [...this.runs.values()][0] : undefined
  }
}
