import type { LastLines } from '../execution/last-lines.js'
import type { Run } from '../execution/run.js'
import type { Logger } from '../logging/logger.js'
import type { LoggedLine } from '../model/logged-line.js'
import { isSameStart } from '../model/logged-line.js'
import type { FollowOrder, LogPlace, OrderAnswer, PublishedLines } from '../model/worker-order.js'
import { logChannel } from '../model/worker-order.js'
import type { PubSub } from '../stores/pub-sub.js'
import { errorMessage } from '../util/thrown.js'
import { performance, setImmediate } from '../util/timers.js'

/** Time for which a task is followed, unless that is asked for again, ms. */
const FOLLOWED_FOR = 30_000
/** Most tasks that are followed at once, and most lines of a turn of the event loop that are published. */
const MOST_FOLLOWED = 50
const MOST_LINES = 1_000

/** A task that somebody follows. */
interface FollowedTask {
  /** By the monotonic clock, ms. */
  until: number
  /** The run that is published; null: the task does not run here. */
  run: FollowedRun | null
  /** All that is left of the run before it, for whoever has missed its end; null: there was none. */
  last: PublishedLines | null
}

/** A run whose lines are published. */
interface FollowedRun {
  readonly run: Run
  readonly log: LastLines
  /** Lines of this turn of the event loop, and the number of the first one. */
  unsent: LoggedLine[]
  first: number
}

/**
 * Publishes what the runs of a few tasks log, while somebody follows them: on one channel for each task, which all share who follow it.
 * What nobody follows costs nothing. Created with the worker; it has no timer: who is not renewed is dropped with the next line.
 */
export class LogFollowers {
  readonly #tasks = new Map<string, FollowedTask>()

  constructor(
    private readonly pubsub: PubSub,
    private readonly logger: Logger,
  ) {}

  /** Follows a task from now on, or for longer, and publishes what whoever asks lacks. @param run - of the task; null: none is here */
  follow({ task: id, has }: FollowOrder, run: Run | null): OrderAnswer {
    this.#sweep()
    const task = this.#tasks.get(id) ?? { until: 0, run: null, last: null }
    if (!this.#tasks.has(id) && this.#tasks.size >= MOST_FOLLOWED) {
      return { refusal: `it publishes the logs of ${String(MOST_FOLLOWED)} tasks already` }
    }
    this.#tasks.set(id, task)
    task.until = performance.now() + FOLLOWED_FOR
    // A run that was revoked, or lost, ends without a word.
    if (task.run !== null && task.run.run !== run) this.#conclude(task, task.run)
    const followed = run === null ? null : this.#attach(task, run)
    const ended = has === null ? {} : this.#repeatLast(task, has, id)
    if (followed === null) return { refusal: null, followed: null, ...ended }
    // First what is on its way.
    this.#send(followed)
    const lines = linesFrom(followed, 0)
    const missed = has !== null && isSameStart(lines.start, has) ? from(lines, has.next) : lines
    if (missed.lines.length > 0) this.#publish(id, missed)
    return { refusal: null, followed: { ...lines.start, next: followed.log.written }, ...ended }
  }

  /** Publishes what whoever has some of a log lacks of the last one that is complete. */
  #repeatLast({ last }: FollowedTask, has: LogPlace, id: string): Pick<OrderAnswer, 'last'> {
    if (last === null || last.start.claimedAt < has.claimedAt) return {}
    this.#publish(id, isSameStart(last.start, has) ? from(last, has.next) : last)
    return { last: { ...last.start, next: last.first + last.lines.length } }
  }

  /** A run begins here. */
  started(run: Run): void {
    if (this.#tasks.size === 0) return
    const task = this.#tasks.get(run.claimed.id)
    if (task !== undefined) this.#attach(task, run)
  }

  /** The end of a run was recorded. */
  ended(run: Run): void {
    if (this.#tasks.size === 0) return
    const task = this.#tasks.get(run.claimed.id)
    if (task?.run?.run === run) this.#conclude(task, task.run)
  }

  #attach(task: FollowedTask, run: Run): FollowedRun | null {
    if (task.run?.run === run) return task.run
    if (task.run !== null) this.#conclude(task, task.run)
    const { log } = run
    if (log === null) return null
    const followed: FollowedRun = { run, log, unsent: [], first: 0 }
    log.tell((line, number) => {
      this.#add(followed, line, number)
    })
    return (task.run = followed)
  }

  #conclude(task: FollowedTask, followed: FollowedRun): void {
    followed.log.tell(null)
    this.#send(followed)
    task.run = null
    task.last = { ...linesFrom(followed, 0), isOver: true }
    this.#publish(followed.run.claimed.id, from(task.last, followed.log.written))
  }

  #add(followed: FollowedRun, line: LoggedLine, number: number): void {
    const { id } = followed.run.claimed
    const task = this.#tasks.get(id)
    if (task?.run !== followed || task.until < performance.now()) {
      if (task?.run === followed) this.#tasks.delete(id)
      followed.log.tell(null)
      return
    }
    if (followed.unsent.length === 0) {
      followed.first = number
      // One message for all lines of this turn.
      setImmediate(() => {
        this.#send(followed)
      })
    }
    if (followed.unsent.length < MOST_LINES) followed.unsent.push(line)
  }

  #send(followed: FollowedRun): void {
    const { unsent: lines, first, log, run } = followed
    if (lines.length === 0) return
    followed.unsent = []
    const { id } = run.claimed
    this.#publish(id, { ...linesFrom(followed, 0), first, lines })
    // Of more lines than are published at once, the last ones are kept.
    const next = first + lines.length
    if (next < log.written) this.#publish(id, linesFrom(followed, next))
  }

  #publish(task: string, lines: PublishedLines): void {
    this.pubsub.publish(logChannel(task), 'lines', [JSON.stringify(lines)]).catch((error: unknown) => {
      this.logger.debug(`lines of a log could not be published: ${errorMessage(error)}`)
    })
  }

  #sweep(): void {
    const now = performance.now()
    for (const [id, { until }] of this.#tasks) if (until < now) this.#tasks.delete(id)
  }
}

/** The lines that a run has kept, from a number on. */
function linesFrom({ run, log }: FollowedRun, number: number): PublishedLines {
  const { queue, logStart: start } = run
  return { queue, start, first: Math.max(number, log.first), lines: log.from(number), kept: log.first, isOver: false }
}

function from(published: PublishedLines, number: number): PublishedLines {
  const { first, lines } = published
  return number <= first ? published : { ...published, first: number, lines: lines.slice(number - first) }
}
