import { JobLoadError } from '../../errors.js'
import type { Logger } from '../../logging/logger.js'
import type { RunResult } from '../run-result.js'
import { LaunchBackoff } from './launch-backoff.js'
import type { OpenMember } from './member-port.js'
import type { PoolMode } from './pool-mode.js'
import { PoolMember } from './pool-member.js'
import type { PoolRunParts } from './pool-run.js'
import { PoolRun } from './pool-run.js'
import type { RunMessage } from './protocol.js'
import { settleDeadMember } from './settle-dead-member.js'

/** The parts of a {@link Pool}. */
export interface PoolParts {
  readonly mode: PoolMode
  readonly open: OpenMember
  /** Most members at once. */
  readonly maxMembers: number
  /** Most runs at once in one member. */
  readonly runsPerMember: number
  /** Time between telling a run to stop and replacing its member, ms. */
  readonly abortGrace: number
  readonly logger: Logger
}

/** Delay of tasks that are released because members cannot be launched, ms. */
const HOPELESS_DELAY = 5_000

/**
 * Runs jobs in worker threads or in child processes, its members. Created by the {@link PoolRunner}.
 *
 * 1. `start()` launches the first member, and waits until it has loaded the jobs. 2. `run()` takes an idle member, or
 * launches one and waits for it. When there are as many members as allowed, runs share them, where the mode allows that.
 * 3. A run that does not stop when it is told to has its member replaced; the other runs in that member are released. 4. When
 * a member dies, the run that caused it fails, and the others start again elsewhere. Where the cause is unknown, each run of
 * that member starts again in a member of its own. 5. `close()` ends all members.
 */
export class Pool {
  readonly #members = new Set<PoolMember<PoolRun>>()
  readonly #backoff = new LaunchBackoff()
  #waiting: PoolRun[] = []
  #number = 0
  #starting: { resolve: () => void; reject: (error: unknown) => void } | null = null
  #closing: Promise<void> | null = null
  #onEmpty: (() => void) | null = null

  constructor(private readonly parts: PoolParts) {}

  /** Number of members. */
  get size(): number {
    return this.#members.size
  }

  get #isClosed(): boolean {
    return this.#closing !== null
  }

  /** Launches the first member. @throws {@link JobLoadError} when the member cannot load the jobs */
  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#starting = { resolve, reject }
      this.#launch()
    })
  }

  /** Runs a job, or a function, in a member. Never rejects. */
  async run(parts: PoolRunParts): Promise<RunResult> {
    const { lifetime } = parts.run
    if (lifetime.aborted) return { kind: 'threw', error: lifetime.reason }
    if (this.#isClosed) return { kind: 'released', reason: `the ${this.parts.mode} pool is closed`, delay: 0 }
    const run = new PoolRun(++this.#number, parts)
    const onAbort = (): void => {
      this.#abandon(run)
    }
    lifetime.addEventListener('abort', onAbort, { once: true })
    this.#waiting.push(run)
    this.#place()
    const result = await run.result
    lifetime.removeEventListener('abort', onAbort)
    return result
  }

  /** Ends all members. The runs that are still in them are released. Safe to call twice. */
  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  async #close(): Promise<void> {
    this.#backoff.close()
    this.#releaseWaiting('the worker stops', 0)
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve
    })
    for (const member of [...this.#members]) {
      if (member.runs.size === 0) member.end()
      else {
        member.retire()
        member.kill()
      }
    }
    if (this.#members.size > 0) await empty
  }

  /** Gives the waiting runs to members, and launches members for the runs that are left. */
  #place(): void {
    for (const run of [...this.#waiting]) {
      // A run before it that could not start has had it placed.
      if (!this.#waiting.includes(run)) continue
      const member = this.#memberFor(run)
      if (member === null) {
        if (run.alone) continue
        // What no member takes now, none takes for the runs behind it.
        break
      }
      this.#waiting.splice(this.#waiting.indexOf(run), 1)
      this.#give(run, member)
    }
    let launching = [...this.#members].filter(({ ready, retiring }) => !ready && !retiring).length
    while (!this.#backoff.isWaiting && launching < this.#waiting.length && this.#active() < this.parts.maxMembers) {
      this.#launch()
      launching += 1
    }
  }

  /** Number of members that count. One that is full of runs which wait for other runs does not, or all could wait for ever. */
  #active(): number {
    const { runsPerMember } = this.parts
    const waits = ({ runs }: PoolMember<PoolRun>): boolean =>
      runs.size >= runsPerMember && [...runs.values()].every(({ isExecuting }) => isExecuting)
    return [...this.#members].filter((member) => !member.retiring && !waits(member)).length
  }

  /** The member for the next run: an idle one, or, when no more may be launched, the one with the fewest runs. */
  #memberFor(run: PoolRun): PoolMember<PoolRun> | null {
    let least: PoolMember<PoolRun> | null = null
    for (const member of this.#members) {
      if (!member.isFree) continue
      if (member.runs.size === 0) return member
      if (least === null || member.runs.size < least.runs.size) least = member
    }
    if (least === null || run.alone || this.#active() < this.parts.maxMembers) return null
    return least.runs.size < this.parts.runsPerMember ? least : null
  }

  #give(run: PoolRun, member: PoolMember<PoolRun>): void {
    try {
      member.add(run)
      run.start((message) => {
        member.send(message)
      })
    } catch (error) {
      run.settle({ kind: 'threw', error })
      this.#finished(run, member)
    }
  }

  #launch(): void {
    const { open, logger } = this.parts
    const member: PoolMember<PoolRun> = new PoolMember<PoolRun>(
      open,
      {
        ready: () => {
          this.#ready(member)
        },
        message: (run, message) => {
          this.#receive(run, message, member)
        },
        ended: (how) => {
          this.#ended(member, how)
        },
      },
      logger,
    )
    this.#members.add(member)
  }

  #ready(member: PoolMember<PoolRun>): void {
    this.#backoff.succeeded()
    this.#starting?.resolve()
    this.#starting = null
    if (this.#isClosed) member.end()
    else this.#idle(member)
    this.#place()
  }

  #receive(run: PoolRun, message: RunMessage, member: PoolMember<PoolRun>): void {
    if (run.receive(message)) this.#finished(run, member)
  }

  #finished(run: PoolRun, member: PoolMember<PoolRun>): void {
    member.runs.delete(run.number)
    if (member.retiring && !member.isWanted) {
      if (member.runs.size === 0) member.end()
      else member.kill()
    } else if (member.runs.size === 0) this.#idle(member)
    this.#place()
  }

  #idle(member: PoolMember<PoolRun>): void {
    member.endWhenIdle(() => this.#active() < 2)
  }

  #abandon(run: PoolRun): void {
    const at = this.#waiting.indexOf(run)
    if (at >= 0) this.#waiting.splice(at, 1)
    run.abandon(this.parts.abortGrace, () => {
      const member = [...this.#members].find(({ runs }) => runs.get(run.number) === run)
      if (member) this.#overdue(run, member)
    })
  }

  /** Replaces the member of a run that was told to stop and goes on. */
  #overdue(run: PoolRun, member: PoolMember<PoolRun>): void {
    run.logger.warn(`the run does not stop, so its ${this.parts.mode} is replaced`)
    member.retire()
    this.#place()
    // The other runs of the member may finish, if its event loop is not blocked.
    if (member.isWanted) member.killIfStuck()
    else member.kill()
  }

  #ended(member: PoolMember<PoolRun>, how: string): void {
    this.#members.delete(member)
    for (const run of member.runs.values()) run.close()
    if (!member.ready && !member.toldToEnd && !this.#isClosed) this.#launchFailed(member, how)
    else this.#settleRuns(member, how)
    member.runs.clear()
    if (!this.#isClosed) this.#place()
    else if (this.#members.size === 0) this.#onEmpty?.()
  }

  #settleRuns(member: PoolMember<PoolRun>, how: string): void {
    const { mode, logger } = this.parts
    this.#tellWhy(member, how)
    const { runs, alone } = settleDeadMember(member, mode, how)
    if (alone) {
      logger.warn(`a ${mode} ${how} with ${String(runs.length)} tasks in it; each runs again with a ${mode} to itself`)
    }
    for (const run of runs) {
      if (!alone) run.logger.warn(`its ${mode} ended because of another task, so it runs again in another one`)
      run.restart(alone)
    }
    this.#waiting.push(...runs)
  }

  /** Logs the end of a member that fails no run: code of a run that is over has ended it, or it ended while it had none. */
  #tellWhy(member: PoolMember<PoolRun>, how: string): void {
    const { mode, logger } = this.parts
    const { ending } = member
    const of = ending?.of ?? null
    if (member.toldToEnd || this.#isClosed) return
    if (of !== null && member.runs.get(of.run)?.abandoned !== false) {
      member.loggerOf(of).warn(`ended its ${mode} after the end of the run: ${ending?.error.message ?? how}`)
    } else if (of === null && member.runs.size === 0) {
      logger.warn(`a ${mode} without a task ${ending === null ? how : `ended: ${ending.error.message}`}`)
    }
  }

  #launchFailed({ launchError }: PoolMember<PoolRun>, how: string): void {
    const { mode, logger } = this.parts
    const error = new JobLoadError(`a ${mode} of the pool`, launchError ?? new Error(`it ${how}${wayOut(how)}`))
    if (this.#starting) {
      this.#starting.reject(error)
      this.#starting = null
      return
    }
    const { wait, isHopeless } = this.#backoff.failed(() => {
      this.#place()
    })
    logger.error(`${error.message}; another starts in ${String(wait)} ms`)
    if (isHopeless) this.#releaseWaiting(error.message, HOPELESS_DELAY)
  }

  #releaseWaiting(reason: string, delay: number): void {
    for (const run of this.#waiting.splice(0)) run.settle({ kind: 'released', reason, delay })
  }
}

/** What to do about a member that cannot read TypeScript, though the program could. */
function wayOut(how: string): string {
  if (!/Unknown file extension "\.[cm]?tsx?"/.test(how)) return ''
  return '; before Node 22, loaders such as tsx do not reach threads: use Node 22 or later, or run compiled JavaScript'
}
