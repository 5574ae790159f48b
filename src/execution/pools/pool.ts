import { JobLoadError } from '../../errors.js'
import type { Logger } from '../../logging/logger.js'
import { HandBack } from '../hand-back.js'
import type { Run } from '../run.js'
import type { OpenMember } from './member-port.js'
import { PoolMember } from './pool-member.js'
import { PoolRun } from './pool-run.js'
import type { RunCalls } from './pool-run.js'
import type { FromMember, MessageOf, ToMember } from './protocol.js'
import { fromWireError, toWireError } from './wire-error.js'

/** What a pool is made of. Times in ms. */
export interface PoolParts {
  /** `thread` or `process`, for messages. */
  readonly kind: string
  readonly open: OpenMember
  /** Most members at once. */
  readonly most: number
  /** Most runs at once in one member. */
  readonly shared: number
  /** What a run that was told to stop gets before its member is stopped. */
  readonly abortGrace: number
  readonly logger: Logger
}

/** Runs after which a member is replaced: what leaks in the jobs' own code does not grow for ever. */
const RECYCLE_AFTER = 10_000
/** An idle member that is not the only one ends after this long. */
const IDLE_LIMIT = 60_000
/** A member whose loop does not answer for this long is stuck. */
const PING_LIMIT = 1_000
/** A member that has not loaded the jobs by then never will. */
const LAUNCH_LIMIT = 60_000
const FIRST_BACKOFF = 100
const LONGEST_BACKOFF = 5_000
/** Failed starts in a row after which what waits is handed back. */
const MOST_FAILURES = 3

/**
 * Keeps worker threads, or child processes, and runs jobs in them. Made by the wiring, one a mode.
 *
 * 1. `start()` starts the first member and waits until it has loaded the jobs. 2. `run()` takes an idle member, or waits
 * for one while another starts; past the limit, runs share members where the mode lets them. 3. A run that is told to stop
 * and does not costs its member: what else ran there is handed back. 4. A member that dies fails the run whose fault it is;
 * where nobody knows, each of them runs again with a member to itself. 5. `close()` ends them all.
 */
export class Pool {
  readonly #members = new Set<PoolMember>()
  #waiting: PoolRun[] = []
  #number = 0
  #failures = 0
  #backoff: NodeJS.Timeout | undefined
  #starting: { resolve: () => void; reject: (error: unknown) => void } | null = null
  #lastFailure: Error | null = null
  #closed = false
  #onEmpty: (() => void) | null = null

  constructor(private readonly parts: PoolParts) {}

  /** How many members there are. */
  get size(): number {
    return this.#members.size
  }

  /** Starts the first member. @throws {@link JobLoadError} when it cannot load the jobs */
  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#starting = { resolve, reject }
      this.#launch()
    })
  }

  /**
   * Runs something in a member.
   *
   * @param begin - called when there is a member: gives what starts the run there
   * @param calls - what the member may ask for
   * @returns what the member says came of it: an encoded outcome, or a function's value
   */
  async run(run: Run, begin: (number: number) => ToMember, calls: RunCalls): Promise<unknown> {
    if (this.#closed) throw new HandBack(`the ${this.parts.kind} pool is closed`)
    const number = ++this.#number
    const pooled = new PoolRun(number, run, () => begin(number), calls)
    const onAbort = (): void => {
      this.#abort(pooled)
    }
    run.signal.addEventListener('abort', onAbort, { once: true })
    this.#waiting.push(pooled)
    this.#place()
    try {
      return await pooled.promise
    } finally {
      run.signal.removeEventListener('abort', onAbort)
    }
  }

  /** Tells a run that it has lost a lock. */
  notify(run: Run, key: string): void {
    for (const { runs, port } of this.#members) {
      for (const pooled of runs.values()) {
        if (pooled.run === run) port.send({ kind: 'notice', run: pooled.number, key })
      }
    }
  }

  /** Ends all members. What still runs there is over with them, and handed back. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#backoff)
    for (const pooled of this.#waiting.splice(0)) pooled.reject(new HandBack('the worker stops'))
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve
    })
    for (const member of [...this.#members]) {
      if (member.runs.size === 0) this.#end(member)
      else member.port.kill()
    }
    if (this.#members.size > 0) await empty
  }

  #place(): void {
    for (const pooled of [...this.#waiting]) {
      const member = this.#memberFor(pooled)
      if (member === null) continue
      this.#waiting.splice(this.#waiting.indexOf(pooled), 1)
      this.#give(pooled, member)
    }
    let starting = [...this.#members].filter(({ ready, retiring }) => !ready && !retiring).length
    while (this.#backoff === undefined && starting < this.#waiting.length && this.#active() < this.parts.most) {
      this.#launch()
      starting += 1
    }
  }

  #active(): number {
    return [...this.#members].filter(({ retiring }) => !retiring).length
  }

  #memberFor(pooled: PoolRun): PoolMember | null {
    let least: PoolMember | null = null
    for (const member of this.#members) {
      if (!member.isFree) continue
      if (member.runs.size === 0) return member
      if (least === null || member.runs.size < least.runs.size) least = member
    }
    if (least === null || pooled.alone || this.#active() < this.parts.most) return null
    return least.runs.size < this.parts.shared ? least : null
  }

  #give(pooled: PoolRun, member: PoolMember): void {
    clearTimeout(member.idle)
    try {
      const start = pooled.begin()
      pooled.member = member
      member.runs.set(pooled.number, pooled)
      member.served += 1
      if (member.served >= RECYCLE_AFTER) member.retiring = true
      member.port.send(start)
    } catch (error) {
      pooled.reject(error)
      this.#finish(pooled, member)
    }
  }

  #launch(): void {
    const member = new PoolMember(this.parts.logger)
    this.#members.add(member)
    member.port = this.parts.open({
      message: (message) => {
        this.#receive(member, message)
      },
      output: (stream, text) => {
        member.printed(null, stream, text)
      },
      ended: (how) => {
        this.#ended(member, how)
      },
    })
    member.idle = setTimeout(() => {
      this.#lastFailure = new Error(`it was not ready within ${String(LAUNCH_LIMIT / 1_000)} s`)
      member.port.kill()
    }, LAUNCH_LIMIT)
  }

  #receive(member: PoolMember, message: FromMember): void {
    if (message.kind === 'ready') this.#ready(member)
    else if (message.kind === 'unfit') this.#lastFailure = fromWireError(message.error)
    else if (message.kind === 'ending') member.ending = message
    else if (message.kind === 'output') member.printed(message.run, message.stream, message.text)
    else if (message.kind === 'pong') this.#answered(member)
    else {
      const pooled = member.runs.get(message.run)
      if (pooled) this.#receiveOf(member, pooled, message)
    }
  }

  #receiveOf(
    member: PoolMember,
    pooled: PoolRun,
    message: MessageOf<'done' | 'returned' | 'failed' | 'call' | 'log'>,
  ): void {
    if (message.kind === 'call') void this.#answer(member, pooled, message)
    else if (message.kind === 'log') {
      const { logger } = pooled.run
      const named = message.name === null ? logger : logger.child(message.name)
      named[message.level](message.message, message.data)
    } else {
      if (message.kind === 'done') pooled.resolve(message.outcome)
      else if (message.kind === 'returned') pooled.resolve(message.value)
      else pooled.reject(fromWireError(message.error))
      this.#finish(pooled, member)
    }
  }

  async #answer(member: PoolMember, pooled: PoolRun, { call, method, args }: MessageOf<'call'>): Promise<void> {
    try {
      const serve = Object.hasOwn(pooled.calls, method) ? pooled.calls[method] : undefined
      if (serve === undefined) throw new Error(`a ${this.parts.kind} asked for ${method}, which is not known here`)
      const value = await serve(...(args as never[]))
      member.port.send({ kind: 'answer', call, value })
    } catch (error) {
      member.port.send({ kind: 'refusal', call, error: toWireError(error) })
    }
  }

  #ready(member: PoolMember): void {
    member.ready = true
    this.#failures = 0
    this.#starting?.resolve()
    this.#starting = null
    if (this.#closed) this.#end(member)
    else this.#rest(member)
    this.#place()
  }

  #finish(pooled: PoolRun, member: PoolMember): void {
    clearTimeout(pooled.overdue)
    member.runs.delete(pooled.number)
    if (member.retiring && !member.isWanted) {
      if (member.runs.size === 0) this.#end(member)
      else member.port.kill()
    } else if (member.runs.size === 0) this.#rest(member)
    this.#place()
  }

  /** An idle member goes after a while, unless it is the last one. */
  #rest(member: PoolMember): void {
    clearTimeout(member.idle)
    member.idle = setTimeout(() => {
      if (member.runs.size > 0 || this.#active() < 2) return
      member.retiring = true
      this.#end(member)
    }, IDLE_LIMIT).unref()
  }

  #end(member: PoolMember): void {
    member.retiring = true
    member.ended = true
    member.port.end()
  }

  #abort(pooled: PoolRun): void {
    const { member } = pooled
    const reason = pooled.run.abortReason
    const at = this.#waiting.indexOf(pooled)
    if (at >= 0) this.#waiting.splice(at, 1)
    pooled.abandoned = true
    pooled.reject(reason)
    if (member === null || reason === null) return
    member.port.send({ kind: 'abort', run: pooled.number, why: reason.why })
    pooled.overdue = setTimeout(() => {
      this.#overdue(member, pooled)
    }, this.parts.abortGrace)
  }

  /** A run was told to stop and goes on. */
  #overdue(member: PoolMember, pooled: PoolRun): void {
    pooled.run.logger.warn(`does not stop, so its ${this.parts.kind} is replaced`)
    member.retiring = true
    this.#place()
    if (!member.isWanted) {
      member.port.kill()
      return
    }
    // Others run there: they may finish, if the loop still turns.
    member.port.send({ kind: 'ping' })
    member.pinged = setTimeout(() => {
      member.port.kill()
    }, PING_LIMIT)
  }

  #answered(member: PoolMember): void {
    clearTimeout(member.pinged)
  }

  #ended(member: PoolMember, how: string): void {
    clearTimeout(member.idle)
    clearTimeout(member.pinged)
    this.#members.delete(member)
    const runs = [...member.runs.values()].filter(({ abandoned }) => !abandoned)
    member.runs.clear()
    if (!member.ready && !member.ended && !this.#closed) this.#unfit(how)
    else if (runs.length > 0) this.#blame(member, runs, how)
    if (this.#closed) {
      if (this.#members.size === 0) this.#onEmpty?.()
    } else this.#place()
  }

  #blame(member: PoolMember, runs: readonly PoolRun[], how: string): void {
    const { kind, logger } = this.parts
    const { ending } = member
    if (this.#closed || member.retiring) {
      for (const pooled of runs) pooled.reject(new HandBack(`its ${kind} was ended with another task in it`))
      return
    }
    const guilty = runs.length === 1 ? runs[0] : runs.find(({ number }) => number === ending?.run)
    if (guilty) {
      guilty.reject(ending ? fromWireError(ending.error) : new Error(`its ${kind} ${how} while it ran`))
      for (const pooled of runs) {
        if (pooled !== guilty) pooled.reject(new HandBack(`its ${kind} died of another task`))
      }
      return
    }
    logger.warn(`a ${kind} ${how} with ${String(runs.length)} tasks in it; each runs again with a ${kind} to itself`)
    for (const pooled of runs) {
      pooled.alone = true
      pooled.member = null
      this.#waiting.push(pooled)
    }
  }

  /** A member ended before it could run anything. */
  #unfit(how: string): void {
    const { kind, logger } = this.parts
    const cause = this.#lastFailure ?? new Error(`it ${how}`)
    this.#lastFailure = null
    const error = new JobLoadError(`a ${kind} of the pool`, cause)
    if (this.#starting) {
      this.#starting.reject(error)
      this.#starting = null
      return
    }
    this.#failures += 1
    const wait = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (this.#failures - 1))
    logger.error(`${error.message}; another starts in ${String(wait)} ms`)
    if (this.#failures >= MOST_FAILURES) {
      for (const pooled of this.#waiting.splice(0)) pooled.reject(new HandBack(error.message, LONGEST_BACKOFF))
    }
    this.#backoff = setTimeout(() => {
      this.#backoff = undefined
      this.#place()
    }, wait)
  }
}
