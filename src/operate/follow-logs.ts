import { randomUUID } from 'node:crypto'
import { NotFoundError } from '../errors.js'
import type { TaskRecord } from '../model/task-record.js'
import type { PublishedLines } from '../model/worker-order.js'
import { pause, performance } from '../util/timers.js'
import { askWorker } from './ask-worker.js'
import type { ControlParts } from './control-parts.js'
import { findRecord } from './find-record.js'
import type { LogLine } from './looks.js'
import { userAtHost } from './run-act.js'
import { SeenTask } from './seen-task.js'
import { lineOf } from './task-details.js'

/** Time between two requests to the worker, which publishes for half a minute after each, ms. */
const RENEW = 10_000
/** Time between two looks at a task that does not run, ms. */
const LOOK = 1_000
/** Time in which a worker answers, ms. */
const PATIENCE = 3_000

/** Options of {@link Control.follow}. */
export interface FollowOptions {
  /** Ends it. */
  readonly signal?: AbortSignal | undefined
}

/**
 * The lines that a task logs, as its worker publishes them, until the task has ended: first those that the present run has logged so far.
 * Of a task that is over, those that are kept of its last run. What is to be hidden is hidden here, as everywhere.
 *
 * 1. Subscribe to a channel of its own. 2. Look at the task; where it runs, ask its worker to publish there. 3. Yield what comes, each line
 * once, until the run is over or it is time to ask again.
 */
export async function* followLogs(
  parts: ControlParts,
  id: string,
  { signal = new AbortController().signal }: FollowOptions,
): AsyncGenerator<LogLine, void> {
  const channel = `logs:${randomUUID()}`
  const inbox = new LineInbox()
  const subscription = await parts.pubsub.subscribe(channel, (_, payload) => {
    inbox.put(JSON.parse(Buffer.from(payload).toString()) as PublishedLines)
  })
  const stop = (): void => {
    inbox.wake()
  }
  signal.addEventListener('abort', stop)
  const isAborted = (): boolean => signal.aborted
  try {
    while (!isAborted()) {
      const record = await findRecord(parts.broker, id)
      if (record === null) throw new NotFoundError('task', id, 'no queue has it')
      const seen = new SeenTask(parts, record)
      const { endedAt, worker, runs } = record.header
      if (endedAt > 0) {
        yield* inbox.take(seen)
        // Nothing has come while it ran: its lines are those that are kept.
        if (!inbox.hasRun(runs)) for (const line of seen.report.logs ?? []) yield lineOf(line, runs, seen)
        return
      }
      const isHeld = worker !== null && (await askHolder(parts, record, channel, inbox))
      yield* inbox.take(seen)
      const until = performance.now() + (isHeld ? RENEW : LOOK)
      while (!isAborted() && !inbox.isOver && performance.now() < until) {
        await inbox.next(until - performance.now())
        yield* inbox.take(seen)
      }
      inbox.isOver = false
    }
  } finally {
    signal.removeEventListener('abort', stop)
    await subscription.close()
  }
}

/** Asks the worker of a task to publish its lines. @returns whether it does */
async function askHolder(
  parts: ControlParts,
  { header: { id, queue, worker } }: TaskRecord,
  channel: string,
  inbox: LineInbox,
): Promise<boolean> {
  const question = { order: { act: 'follow', task: id, channel }, by: userAtHost(), patience: PATIENCE } as const
  const answer = await askWorker(parts, [{ queue, id: worker ?? '' }], question)
  if (typeof answer === 'string' || answer.followed === undefined || answer.followed === null) return false
  inbox.put(answer.followed)
  return true
}

/** Lines that have come and were not yielded, each once. */
class LineInbox {
  readonly #come: PublishedLines[] = []
  /** By run, the number of the next line. */
  readonly #next = new Map<number, number>()
  #woken: (() => void) | null = null
  /** Whether a run has ended since that was set to false. */
  isOver = false

  put(lines: PublishedLines): void {
    this.#come.push(lines)
    if (lines.isOver) this.isOver = true
    this.wake()
  }

  wake(): void {
    this.#woken?.()
  }

  /** Whether lines of a run have come. */
  hasRun(run: number): boolean {
    return this.#next.has(run)
  }

  /** Resolves when something comes, or after a time. */
  async next(ms: number): Promise<void> {
    if (this.#come.length > 0) return
    const over = new AbortController()
    this.#woken = () => {
      over.abort()
    }
    await pause(ms, over.signal)
    this.#woken = null
  }

  *take(seen: SeenTask): Generator<LogLine> {
    for (const { run, first, lines } of this.#come.splice(0)) {
      for (const [i, line] of lines.entries()) {
        if (first + i < (this.#next.get(run) ?? 0)) continue
        this.#next.set(run, first + i + 1)
        yield lineOf(line, run, seen)
      }
    }
  }
}
