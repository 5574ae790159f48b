import type { Logger } from '../logging/logger.js'
import { OutageLog } from '../logging/outage-log.js'
import type { Broker, NewTask, QueueReply } from '../stores/broker.js'
import { isPassing } from '../stores/is-passing.js'
import { HISTORY_GAP, RESULT_TTL_FLOOR } from '../stores/policy.js'
import { LASTING_HISTORY } from '../stores/store-history.js'
import { Backoff } from '../util/backoff.js'
import type { RecentBatch } from '../util/recent-batches.js'
import { RecentBatches } from '../util/recent-batches.js'
import { errorMessage } from '../util/thrown.js'
import { pause, performance } from '../util/timers.js'
import { PackedTasks } from './packed-tasks.js'

/** Most tasks that are kept, and most bytes of their bodies. */
const MOST_TASKS = 100_000
const MOST_BYTES = 16 * 1024 * 1024
/** Age after which a task is not queued again, ms: its record may have been there, and have expired since. */
const OLDEST = RESULT_TTL_FLOOR / 2
/** Time in which the workers have told a store whose history has changed what they hold, ms. */
const SETTLING = 5_000
/** About the first and the longest pause before tasks that could not be queued again are tried once more, ms. */
const FIRST_PAUSE = 50
const LONGEST_PAUSE = 5_000

/** Most tasks that are kept together, most bytes of all that are not packed yet, and time in which tasks are kept together, ms. */
const PACK_TASKS = 500
const OPEN_BYTES = 1024 * 1024
const PACK_TIME = 500

/** Its time is when the last of the tasks was acknowledged, or all of them once more: they may be forgotten again. */
interface Batch extends RecentBatch<PackedTasks> {
  readonly queue: string
  readonly openedAt: number
  bytes: number
}

/**
 * The last tasks that the store has acknowledged. A failover may have forgotten them: when the store's history has changed, they are
 * queued again, under ids that are known where nothing was forgotten. Created by the producer.
 */
export class RecentTasks {
  readonly #recent = new RecentBatches<Batch>(MOST_TASKS, MOST_BYTES, HISTORY_GAP)
  /** The batches that the next tasks come to, by queue. */
  readonly #open = new Map<string, Batch>()
  #openBytes = 0
  /** The changes of the store's history that concerned some queues, and the last one that concerned all. */
  readonly #changedAt = new Map<string, number>()
  #allChangedAt = -Infinity
  /** Queues whose tasks are to be queued again; null: all. */
  #forgetful: Set<string> | null = new Set()
  #isRestoring = false
  readonly #closing = new AbortController()
  readonly #outage: OutageLog
  readonly #isNeeded: boolean
  readonly #ended: () => void

  /**
   * @param answered - called with each answer to a task that was queued again
   * @param restored - called when all of them are
   */
  constructor(
    private readonly broker: Broker,
    private readonly logger: Logger,
    private readonly answered: (queue: string, reply: QueueReply) => void,
    private readonly restored: () => void,
  ) {
    this.#outage = new OutageLog(logger, 'the last tasks are queued again')
    this.#isNeeded = broker.history !== LASTING_HISTORY
    this.#ended = broker.onHistoryChange((queues) => {
      this.#changed(queues)
      if (!this.#isRestoring) void this.#restore()
    })
  }

  /** Whether a task of a queue that the store does not know may still come back. */
  isSettling(queue: string): boolean {
    const changedAt = Math.max(this.#allChangedAt, this.#changedAt.get(queue) ?? -Infinity)
    return this.#isRestoring || performance.now() - changedAt < SETTLING
  }

  /** The store has acknowledged the tasks of one call. Keeps those that are not far older. @param bytes - of their bodies */
  add(queue: string, tasks: readonly NewTask[], bytes: number): void {
    if (!this.#isNeeded) return
    const at = performance.now()
    // In the order in which they were opened.
    for (const each of this.#open.values()) {
      if (at - each.openedAt <= PACK_TIME && this.#openBytes <= OPEN_BYTES) break
      this.#pack(each)
    }
    let batch = this.#open.get(queue)
    if (!batch) {
      batch = { queue, items: new PackedTasks(), bytes: 0, openedAt: at, at }
      this.#open.set(queue, batch)
    }
    batch.items.add(tasks, at)
    batch.bytes += bytes
    batch.at = at
    this.#openBytes += bytes
    if (batch.items.length >= PACK_TASKS) this.#pack(batch)
  }

  close(): void {
    this.#ended()
    this.#closing.abort()
    this.#recent.clear()
    this.#open.clear()
  }

  #pack(batch: Batch): void {
    this.#open.delete(batch.queue)
    this.#openBytes -= batch.bytes
    batch.items.pack()
    this.#recent.add(batch)
  }

  /** @param queues - null: all */
  #changed(queues: readonly string[] | null): void {
    const at = performance.now()
    if (queues === null) {
      this.#allChangedAt = at
      this.#forgetful = null
    }
    for (const queue of queues ?? []) {
      this.#changedAt.set(queue, at)
      this.#forgetful?.add(queue)
    }
  }

  async #restore(): Promise<void> {
    this.#isRestoring = true
    while (this.#forgetful === null || this.#forgetful.size > 0) {
      const queues = this.#forgetful
      this.#forgetful = new Set()
      for (const batch of [...this.#open.values()]) this.#pack(batch)
      const recent = this.#recent.youngerThan(OLDEST).filter(({ queue }) => queues?.has(queue) ?? true)
      for (const batch of recent) await this.#queueAgain(batch)
    }
    this.#isRestoring = false
    this.restored()
  }

  /** Never rejects. */
  async #queueAgain(batch: Batch): Promise<void> {
    const { queue, items: tasks } = batch
    const backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE)
    const what = `queue ${queue}: tasks that a failover may have lost could not be queued again`
    while (!this.#closing.signal.aborted) {
      try {
        const again = tasks.unpack(performance.now())
        // Nobody waits for them, and after a failover replicas may be missing for a while.
        const replies = await this.broker.queue(queue, again, this.broker.durabilities[0])
        batch.at = performance.now()
        for (const reply of replies) this.answered(queue, reply)
        this.#outage.succeeded(queue)
        return
      } catch (error) {
        if (!isPassing(error)) {
          this.logger.error(`${what}: ${errorMessage(error)}`)
          return
        }
        this.#outage.failed(`${what}, will try again: ${errorMessage(error)}`, queue)
        await pause(backoff.failed(), this.#closing.signal)
      }
    }
  }
}
