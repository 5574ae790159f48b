import { randomUUID } from 'node:crypto'
import type { RunEnd } from '../execution/run-end.js'
import type { Run } from '../execution/run.js'
import type { Logger } from '../logging/logger.js'
import { isPassing } from '../stores/is-passing.js'
import type { Observation } from '../stores/kept-series.js'
import type { OperationsStore } from '../stores/operations-store.js'
import { REPORT_INTERVAL } from '../stores/policy.js'
import { errorMessage } from '../util/thrown.js'
import { clearTimeout, pause, performance, setTimeout } from '../util/timers.js'
import { RunTally } from './run-tally.js'

/** Time between two reports while somebody looks at the series, ms. */
const WATCHED_INTERVAL = 1_000
/** Longest time without a report of a queue of which tasks run, ms: the store samples its sizes then. */
const SAMPLE_INTERVAL = 60_000
/** Longest wait for the last reports, ms. */
const LAST_REPORTS_LIMIT = 1_000

/** What is to be told of one queue. */
interface Reported {
  readonly tally: RunTally
  /** The report that the store has not answered; null: none. It keeps its number, so that it counts once. */
  pending: Observation | null
  seq: number
  /** Whether tasks of it run. */
  isRunning: boolean
  isWatched: boolean
  sentAt: number
}

/**
 * Tells the store what has ended in this worker, for the series of its queues: every ten seconds, or each second while somebody looks. A
 * queue of which nothing has ended and nothing runs costs no call. Created by the `Worker`; `start()` begins, `close()` tells the
 * rest.
 *
 * What a worker has not told when it is killed is missing in the series. It is never missing in the counters of the queue, which the
 * store keeps by itself.
 */
export class SeriesReporter {
  readonly #queues = new Map<string, Reported>()
  readonly #name = randomUUID()
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(
    private readonly operations: OperationsStore,
    private readonly logger: Logger,
    private readonly consumers: readonly { readonly queue: string; readonly runs: { readonly size: number } }[],
  ) {}

  start(): void {
    // Workers that start together need not tell together.
    this.#schedule(REPORT_INTERVAL * (0.5 + Math.random() / 2))
  }

  /** The store has recorded the end of a run. */
  ended(run: Run, end: RunEnd): void {
    this.#of(run.queue).tally.add(run, end)
  }

  /** Tells what is left, unless that takes too long. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    const over = new AbortController()
    const told = this.#sending.then(async () => {
      // A report that had no answer goes first, and then what was counted since.
      await this.#reportAll()
      await this.#reportAll()
    })
    await Promise.race([told, pause(LAST_REPORTS_LIMIT, over.signal)])
    over.abort()
  }

  #of(queue: string): Reported {
    let reported = this.#queues.get(queue)
    if (reported === undefined) {
      reported = { tally: new RunTally(), pending: null, seq: 0, isRunning: false, isWatched: false, sentAt: -Infinity }
      this.#queues.set(queue, reported)
    }
    return reported
  }

  #schedule(delay: number): void {
    this.#timer = setTimeout(() => {
      this.#sending = this.#reportAll().then(() => {
        if (this.#isClosed) return
        const isWatched = [...this.#queues.values()].some((each) => each.isWatched)
        this.#schedule(isWatched ? WATCHED_INTERVAL : REPORT_INTERVAL)
      })
    }, delay)
  }

  async #reportAll(): Promise<void> {
    for (const { queue, runs } of this.consumers) this.#of(queue).isRunning = runs.size > 0
    const due = [...this.#queues].filter(([, reported]) => isDue(reported))
    await Promise.all(due.map(async ([queue, reported]) => await this.#report(queue, reported)))
  }

  async #report(queue: string, reported: Reported): Promise<void> {
    reported.pending ??= { worker: this.#name, seq: ++reported.seq, ...reported.tally.take() }
    reported.sentAt = performance.now()
    try {
      const { isWatched } = await this.operations.observe(queue, reported.pending)
      reported.isWatched = isWatched
      reported.pending = null
    } catch (error) {
      // Others tell of an outage: a series is only for looking.
      if (isPassing(error)) return
      reported.pending = null
      this.logger.debug(`queue ${queue}: what has ended could not be told to the store: ${errorMessage(error)}`)
    }
  }
}

function isDue({ tally, pending, isRunning, isWatched, sentAt }: Reported): boolean {
  if (pending !== null || !tally.isEmpty) return true
  return isRunning && (isWatched || performance.now() - sentAt >= SAMPLE_INTERVAL)
}
