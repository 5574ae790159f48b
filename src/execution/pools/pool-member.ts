import type { Logger } from '../../logging/logger.js'
import { LineSplitter } from './line-splitter.js'
import type { MemberPort } from './member-port.js'
import type { PoolRun } from './pool-run.js'
import type { MessageOf, OutputStream } from './protocol.js'

/** A member as its pool keeps it. */
export class PoolMember {
  readonly runs = new Map<number, PoolRun>()
  ready = false
  /** It gets no more runs and ends when it is idle. */
  retiring = false
  /** It was told to end. */
  ended = false
  /** Runs that it was given so far. */
  served = 0
  /** Why it said that it ends. */
  ending: MessageOf<'ending'> | null = null
  idle: NodeJS.Timeout | undefined
  pinged: NodeJS.Timeout | undefined
  port!: MemberPort
  readonly #lines: Readonly<Record<OutputStream, LineSplitter>>

  constructor(logger: Logger) {
    const lines = (): LineSplitter =>
      new LineSplitter((line) => {
        logger.info(`${this.port.label} prints: ${line}`)
      })
    this.#lines = { stdout: lines(), stderr: lines() }
  }

  get isFree(): boolean {
    return this.ready && !this.retiring && ![...this.runs.values()].some(({ alone }) => alone)
  }

  /** Whether somebody waits for what runs there. */
  get isWanted(): boolean {
    return [...this.runs.values()].some(({ abandoned }) => !abandoned)
  }

  /** A line belongs to the run that printed it; with one run there, to that one. */
  printed(run: number | null, stream: OutputStream, text: string): void {
    const only = this.runs.size === 1 ? [...this.runs.values()][0] : undefined
    const of = (run === null ? undefined : this.runs.get(run)) ?? only
    if (of) of.printed(stream, text)
    else this.#lines[stream].push(text)
  }
}
