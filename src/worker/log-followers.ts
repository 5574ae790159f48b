import type { Run } from '../execution/run.js'
import type { Logger } from '../logging/logger.js'
import type { LoggedLine } from '../model/logged-line.js'
import type { PublishedLines } from '../model/worker-order.js'
import type { PubSub } from '../stores/pub-sub.js'
import { errorMessage } from '../util/thrown.js'
import { performance, setImmediate } from '../util/timers.js'

/** Time for which a task is followed, unless that is asked for again, ms. */
const FOLLOWED_FOR = 30_000
/** Most tasks that are followed at once, and most lines of a turn of the event loop that are published. */
const MOST_FOLLOWED = 50
const MOST_LINES = 1_000

interface Follower {
  readonly channel: string
  /** By the monotonic clock, ms. */
  until: number
}

/**
 * Publishes what the runs of a few tasks log, while somebody follows them. What nobody follows costs nothing. Created with the worker; it
 * has no timer: who is not renewed is dropped with the next line.
 */
export class LogFollowers {
  readonly #followers = new Map<string, Follower>()
  readonly #unsent = new Map<Run, { first: number; lines: LoggedLine[] }>()

  constructor(
    private readonly pubsub: PubSub,
    private readonly logger: Logger,
  ) {}

  /** Follows a task from now on, or for longer. @param run - of the task; undefined: it does not run here @returns what it has logged so far */
  follow(task: string, channel: string, run: Run | undefined): PublishedLines | null {
    this.#sweep()
    const known = this.#followers.get(task)
    if (known === undefined && this.#followers.size >= MOST_FOLLOWED) return null
    this.#followers.set(task, { channel, until: performance.now() + FOLLOWED_FOR })
    return run === undefined ? null : this.#attach(run)
  }

  /** A run begins here. */
  started(run: Run): void {
    if (this.#followers.size > 0 && this.#followers.has(run.claimed.id)) this.#attach(run)
  }

  /** The end of a run was recorded. */
  ended(run: Run): void {
    if (this.#followers.size === 0) return
    const follower = this.#followers.get(run.claimed.id)
    if (follower === undefined) return
    this.#send(run)
    this.#publish(follower, { run: run.claimed.run, first: 0, lines: [], isOver: true })
  }

  #attach(run: Run): PublishedLines | null {
    const followed = run.follow((line, number) => {
      this.#add(run, line, number)
    })
    return followed === null ? null : { run: run.claimed.run, ...followed, isOver: false }
  }

  #add(run: Run, line: LoggedLine, number: number): void {
    const follower = this.#followers.get(run.claimed.id)
    if (follower === undefined || follower.until < performance.now()) {
      this.#followers.delete(run.claimed.id)
      run.follow(null)
      return
    }
    const unsent = this.#unsent.get(run)
    if (unsent === undefined) {
      this.#unsent.set(run, { first: number, lines: [line] })
      // One message for all lines of this turn.
      setImmediate(() => {
        this.#send(run)
      })
    } else if (unsent.lines.length < MOST_LINES) unsent.lines.push(line)
  }

  #send(run: Run): void {
    const unsent = this.#unsent.get(run)
    this.#unsent.delete(run)
    const follower = this.#followers.get(run.claimed.id)
    if (unsent === undefined || follower === undefined) return
    this.#publish(follower, { run: run.claimed.run, ...unsent, isOver: false })
  }

  #publish({ channel }: Follower, lines: PublishedLines): void {
    this.pubsub.publish(channel, 'lines', [JSON.stringify(lines)]).catch((error: unknown) => {
      this.logger.debug(`lines of a log could not be published: ${errorMessage(error)}`)
    })
  }

  #sweep(): void {
    const now = performance.now()
    for (const [task, { until }] of this.#followers) if (until < now) this.#followers.delete(task)
  }
}
