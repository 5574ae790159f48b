import type { Run } from '../run.js'
import { LineSplitter } from './line-splitter.js'
import type { PoolMember } from './pool-member.js'
import type { OutputStream, ToMember } from './protocol.js'

/** What a member may ask of the worker for a run, by name. */
export type RunCalls = Readonly<Record<string, (...args: never[]) => unknown>>

/** One run in a pool, from when it asks for a member until the member is done with it. Made by the {@link Pool}. */
export class PoolRun {
  member: PoolMember | null = null
  /** It shared a member that died, and nobody knows through whose fault: it must have the next one for itself. */
  alone = false
  /** Nobody waits for what comes of it any more. */
  abandoned = false
  overdue: NodeJS.Timeout | undefined
  readonly #lines: Readonly<Record<OutputStream, LineSplitter>>
  readonly #promise: Promise<unknown>
  #resolve!: (value: unknown) => void
  #reject!: (error: unknown) => void

  constructor(
    readonly number: number,
    readonly run: Run,
    /** What starts it in a member. Called when there is one, which is when its clock starts. */
    readonly begin: () => ToMember,
    readonly calls: RunCalls,
  ) {
    this.#promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    const { logger } = run
    this.#lines = {
      stdout: new LineSplitter((line) => {
        logger.info(line)
      }),
      stderr: new LineSplitter((line) => {
        logger.warn(line)
      }),
    }
  }

  get promise(): Promise<unknown> {
    return this.#promise
  }

  /** What the job printed becomes lines of its log. */
  printed(stream: OutputStream, text: string): void {
    this.#lines[stream].push(text)
  }

  resolve(value: unknown): void {
    this.#over()
    this.#resolve(value)
  }

  reject(error: unknown): void {
    this.#over()
    this.#reject(error)
  }

  #over(): void {
    clearTimeout(this.overdue)
    this.#lines.stdout.end()
    this.#lines.stderr.end()
  }
}
