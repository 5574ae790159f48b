import { NotFoundError } from '../errors.js'
import { isSameStart } from '../model/logged-line.js'
import type { TaskRecord } from '../model/task-record.js'
import { FULL_RUN_STATES, READY_STATES } from '../model/task-state.js'
import type { PublishedLines } from '../model/worker-order.js'
import { logChannel } from '../model/worker-order.js'
import { performance, systemTime } from '../util/timers.js'
import type { ControlParts } from './control-parts.js'
import { findRecord } from './find-record.js'
import type { ReceivedLine } from './line-inbox.js'
import { LineInbox } from './line-inbox.js'
import { LogHolder } from './log-holder.js'
import type { LogLine } from './looks.js'
import { SeenTask } from './seen-task.js'
import { lineOf } from './task-details.js'

/** Time between two looks at a task: whose lines come, and whose lines do not, ms. */
const LOOK = 2_000
const LOOK_OTHERWISE = 1_000
/** Time in which a task that was there comes back: it is being moved, or the store has lost it and its worker brings it back, ms. */
const GONE = 10_000

/** Options of {@link Control.follow}. */
export interface FollowOptions {
  /** Ends it. */
  readonly signal?: AbortSignal | undefined
}

/**
 * The lines that a task logs, as its workers publish them, run by run, until the task has ended: first those that are kept. What is to be
 * hidden is hidden here, as everywhere.
 *
 * 1. Subscribe to the channel of its log. 2. Look at the task; where it runs, ask its worker to publish there what is not here yet.
 * 3. Yield what comes, each line once, until it is time to look again.
 */
export async function* followLogs(
  parts: ControlParts,
  id: string,
  { signal = new AbortController().signal }: FollowOptions,
): AsyncGenerator<LogLine, void> {
  const inbox = new LineInbox()
  const subscription = await parts.pubsub.subscribe(logChannel(id), (_, payload) => {
    inbox.put(JSON.parse(Buffer.from(payload).toString()) as PublishedLines)
  })
  const stop = (): void => {
    inbox.wake()
  }
  signal.addEventListener('abort', stop)
  const isAborted = (): boolean => signal.aborted
  const followed = new FollowedLog(parts, id, inbox, signal)
  try {
    while (!isAborted()) {
      inbox.looked()
      const isOver = await followed.look()
      yield* followed.lines()
      if (isOver) return
      const until = performance.now() + (followed.isFollowed ? LOOK : LOOK_OTHERWISE)
      while (!isAborted() && !inbox.isLookDue() && performance.now() < until) {
        await inbox.next(until - performance.now())
        yield* followed.lines()
      }
    }
  } finally {
    signal.removeEventListener('abort', stop)
    await subscription.close()
  }
}

/** A task whose log is followed, as it was seen last. */
class FollowedLog {
  readonly #holder: LogHolder
  #seen: SeenTask | null = null
  /** By the monotonic clock, ms; null: it is there. */
  #goneSince: number | null = null
  #refusal: string | null = null

  constructor(
    private readonly parts: ControlParts,
    private readonly id: string,
    private readonly inbox: LineInbox,
    private readonly signal: AbortSignal,
  ) {
    this.#holder = new LogHolder(parts, id, inbox)
  }

  get isFollowed(): boolean {
    return this.#holder.isFollowed
  }

  /** Looks at the task, and asks its worker. @returns whether the task is over @throws {@link NotFoundError} */
  async look(): Promise<boolean> {
    const record = await findRecord(this.parts.broker, this.id)
    if (record === null) return this.#isGone()
    this.#goneSince = null
    this.#seen = new SeenTask(this.parts, record)
    this.inbox.queue = record.header.queue
    await this.#finish(record)
    this.#putKept(record)
    await this.#holder.follow(record)
    return READY_STATES.has(record.header.status)
  }

  /** What has come since it was called last. */
  *lines(): Generator<LogLine> {
    const { refusal } = this.#holder
    const seen = this.#seen
    if (seen === null) return
    if (refusal !== null && refusal !== this.#refusal) {
      yield missingLine(seen.record.header.runs, null, `its worker does not tell what it logs: ${refusal}`)
    }
    this.#refusal = refusal
    for (const received of this.inbox.take()) yield lineOfReceived(received, seen)
  }

  /** Ends the start that is open, where the task shows that it is over, and its worker has not said so. */
  async #finish(record: TaskRecord): Promise<void> {
    const { inbox, parts } = this
    // Its record may be here before its last lines are.
    const isOver = READY_STATES.has(record.header.status)
    if (isOver && inbox.latest !== null) await this.#holder.finish(inbox.open ?? inbox.latest, this.signal)
    for (let { open } = inbox; open !== null; { open } = inbox) {
      const { logStart } = new SeenTask(parts, record).report
      const isReported = logStart !== undefined && isSameStart(logStart, open)
      const isLatest = inbox.latest !== null && isSameStart(inbox.latest, open)
      if (this.#holder.holds(record) && isLatest && !isReported) return
      if (!isOver) await this.#holder.finish(open, this.signal)
      if (isReported) this.#putKept(record)
      if (!inbox.isOpen(open)) continue
      inbox.giveUp(open, false)
      // Of a run that was killed or revoked, no more lines are to be expected.
      if (FULL_RUN_STATES.has(record.header.status) && isLatest) inbox.missed(open)
      inbox.giveUp(open, true)
    }
  }

  /** The lines that the report of the last run has. */
  #putKept({ header: { queue, runs, status } }: TaskRecord): void {
    const { logs, logStart, firstLog: first = 0 } = this.#seen?.report ?? {}
    if (logs === undefined) return
    const isUnknown = logStart === undefined
    // A task that was imported, say: only its number tells the run.
    if (isUnknown && (!READY_STATES.has(status) || this.inbox.hasRun(runs))) return
    const start = logStart ?? { run: runs, fence: -1, claimedAt: 0 }
    this.inbox.put({ queue, start, first, lines: logs, kept: first, isOver: true })
  }

  #isGone(): boolean {
    this.#goneSince ??= performance.now()
    // The result of a task may expire at once.
    if (this.inbox.latest !== null && this.inbox.open === null) return true
    if (this.#seen !== null && performance.now() - this.#goneSince < GONE) return false
    throw new NotFoundError('task', this.id, 'no queue has it')
  }
}

function lineOfReceived(received: ReceivedLine, seen: SeenTask): LogLine {
  const { run } = received
  if ('line' in received) return lineOf(received.line, run, seen)
  const { missing } = received
  if (missing === null)
    return missingLine(run, null, `the end of run ${String(run)} was not heard: lines may be missing`)
  return missingLine(run, missing, missing === 1 ? '1 line is missing' : `${String(missing)} lines are missing`)
}

function missingLine(run: number, missing: number | null, text: string): LogLine {
  return { at: systemTime(), level: 'warn', text, run, missing }
}
