import type { Logger } from '../../logging/logger.js'
import { toError } from '../../util/thrown.js'
import { LineSplitter } from './line-splitter.js'
import type { MemberPort, OpenMember } from './member-port.js'
import type { FromMember, MessageOf, OutputStream, RunMessage, ToMember } from './protocol.js'
import { fromWireError } from './wire-error.js'

/** The facts of a run that its member needs. */
export interface MemberRun {
  readonly number: number
  /** The run must have the member for itself. */
  readonly alone: boolean
  /** Nobody waits for the result of the run any more. */
  readonly abandoned: boolean
  printed(stream: OutputStream, text: string): void
}

/** Hears from a member, never before the constructor has returned. */
export interface MemberListener<R> {
  /** The member can run jobs. */
  ready(): void
  /** A message about a run of the member. */
  message(run: R, message: RunMessage): void
  /** The member is gone. @param how - a phrase, such as `ended with SIGSEGV` */
  ended(how: string): void
}

/** Number of runs after which a member is replaced: what leaks in the jobs' own code does not grow for ever. */
const RECYCLE_AFTER = 10_000
/** An idle member that is not the last one ends after this time, ms. */
const IDLE_LIMIT = 60_000
/** A member whose event loop does not answer for this time is stuck, ms. */
const PING_LIMIT = 1_000
/** A member that has not loaded the jobs after this time never will, ms. */
const LAUNCH_LIMIT = 60_000

/**
 * A worker thread or child process of a pool, with its runs. Made by the {@link Pool}, which decides what it runs.
 *
 * 1. It starts at once, and is `ready` when it has loaded the jobs. 2. It gets runs until it is `retiring`. 3. It ends when
 * it is told to, when it is killed, or when one of its runs takes it down.
 */
export class PoolMember<R extends MemberRun> {
  readonly runs = new Map<number, R>()
  #ready = false
  #retiring = false
  #toldToEnd = false
  #served = 0
  #ending: MessageOf<'ending'> | null = null
  #launchError: Error | null = null
  #timer: NodeJS.Timeout | undefined
  #pinged: NodeJS.Timeout | undefined
  readonly #port: MemberPort
  readonly #lines: Readonly<Record<OutputStream, LineSplitter>>

  constructor(
    open: OpenMember,
    private readonly listener: MemberListener<R>,
    logger: Logger,
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
        clearTimeout(this.#timer)
        clearTimeout(this.#pinged)
        listener.ended(how)
      },
    })
    this.#timer = setTimeout(() => {
      this.#launchError = new Error(`it was not ready within ${String(LAUNCH_LIMIT / 1_000)} s`)
      this.kill()
    }, LAUNCH_LIMIT)
  }

  /** Whether it has loaded the jobs. */
  get ready(): boolean {
    return this.#ready
  }

  /** Whether it gets no more runs. */
  get retiring(): boolean {
    return this.#retiring
  }

  /** Whether it was told to end. */
  get toldToEnd(): boolean {
    return this.#toldToEnd
  }

  /** The member's own word that it ends, and which run is to blame; null: it gave none. */
  get ending(): MessageOf<'ending'> | null {
    return this.#ending
  }

  /** Why the member could not load the jobs; null: it did not say. */
  get launchError(): Error | null {
    return this.#launchError
  }

  /** Whether the member can take another run. */
  get isFree(): boolean {
    return this.#ready && !this.#retiring && ![...this.runs.values()].some(({ alone }) => alone)
  }

  /** Whether somebody waits for the result of one of its runs. */
  get isWanted(): boolean {
    return [...this.runs.values()].some(({ abandoned }) => !abandoned)
  }

  /** Adds a run that is about to start. */
  add(run: R): void {
    clearTimeout(this.#timer)
    this.runs.set(run.number, run)
    this.#served += 1
    if (this.#served >= RECYCLE_AFTER) this.#retiring = true
  }

  send(message: ToMember): void {
    this.#port.send(message)
  }

  /** Ends the supply of runs. */
  retire(): void {
    this.#retiring = true
  }

  /** Ends the member after a while, unless it has a run or `isLast()` by then. */
  endWhenIdle(isLast: () => boolean): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      if (this.runs.size === 0 && !isLast()) this.end()
    }, IDLE_LIMIT).unref()
  }

  /** Ends the member. It must have no runs. */
  end(): void {
    this.#retiring = true
    this.#toldToEnd = true
    this.#port.end()
  }

  /** Ends the member at once, with its runs. */
  kill(): void {
    this.#port.kill()
  }

  /** Kills the member unless its event loop answers. */
  killIfStuck(): void {
    this.send({ kind: 'ping' })
    clearTimeout(this.#pinged)
    this.#pinged = setTimeout(() => {
      this.kill()
    }, PING_LIMIT)
  }

  #receive(message: FromMember): void {
    switch (message.kind) {
      case 'ready':
        clearTimeout(this.#timer)
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
        this.#printed(message.run, message.stream, message.text)
        return
      case 'pong':
        clearTimeout(this.#pinged)
        return
      default: {
        const run = this.runs.get(message.run)
        if (run) this.listener.message(run, message)
      }
    }
  }

  /** A line belongs to the run that printed it. Where nobody knows which run it was, it belongs to the only one. */
  #printed(number: number | null, stream: OutputStream, text: string): void {
    const only = this.runs.size === 1 ? [...this.runs.values()][0] : undefined
    const run = (number === null ? undefined : this.runs.get(number)) ?? only
    if (run) run.printed(stream, text)
    else this.#lines[stream].push(text)
  }
}
