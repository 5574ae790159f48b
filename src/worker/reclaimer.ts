import type { Broker, ReclaimOptions } from '../stores/broker.js'
import type { Logger } from '../logging/logger.js'
import { OutageLog } from '../logging/outage-log.js'
import { isPassing } from '../stores/is-passing.js'
import { errorMessage } from '../util/thrown.js'
import { performance } from '../util/timers.js'

/** The list of the store's queues is read again, and each own queue is looked at, after this, ms. */
const QUEUES_TTL = 60_000
/** Stands for the list of the queues itself: no queue has this name. */
const ALL = ''

/**
 * Reclaims the tasks of dead workers, in all queues of the store: where a whole node is gone for good, workers of other
 * queues reclaim its tasks. Created by the `Worker`, whose heartbeat calls it; one pass at a time.
 *
 * The own queues are looked at in each pass. Where the store reports overdue workers with the renewal of a lease, they are looked
 * at once a minute, for tasks whose holder cannot be read. Of the other queues a pass looks at one, in turn.
 */
export class Reclaimer {
  #running = false
  readonly #overdue = new Set<string>()
  /** Queues that the next pass looks at again: a worker there is suspected, and not condemned yet. */
  readonly #unfinished = new Set<string>()
  /** Queues that this worker does not consume, the next one first. */
  #others: string[] = []
  #readAt = -Infinity
  /** Of the queues, by name. */
  readonly #outage: OutageLog

  constructor(
    private readonly broker: Broker,
    private readonly logger: Logger,
    /** Queues that this worker consumes. */
    private readonly own: readonly string[],
    private readonly options: ReclaimOptions,
  ) {
    this.#outage = new OutageLog(logger, 'the tasks of dead workers are reclaimed again')
  }

  /** Makes a pass, unless one is under way. Never rejects. */
  async pass(): Promise<void> {
    if (!this.broker.reportsOverdue) for (const queue of this.own) this.#overdue.add(queue)
    for (const queue of this.#unfinished) this.#overdue.add(queue)
    this.#unfinished.clear()
    await this.#run(async () => {
      const other = await this.#nextOther()
      if (other !== undefined) this.#overdue.add(other)
    })
  }

  /** Reclaims what the overdue workers of a queue hold: once more after the pass that is under way. Never rejects. */
  async reclaim(queue: string): Promise<void> {
    this.#overdue.add(queue)
    await this.#run(() => Promise.resolve())
  }

  async #run(prepare: () => Promise<void>): Promise<void> {
    if (this.#running) return
    this.#running = true
    try {
      if ((await this.#try(ALL, prepare)) === 'done') await this.#reclaimOverdue()
    } finally {
      this.#running = false
    }
  }

  async #reclaimOverdue(): Promise<void> {
    for (const queue of this.#overdue) {
      this.#overdue.delete(queue)
      const end = await this.#try(queue, async () => {
        if (await this.#reclaim(queue)) this.#unfinished.add(queue)
      })
      // While the store is away, the other queues would wait for it one after the other.
      if (end === 'away') return
    }
  }

  /** A queue that cannot be looked at keeps none of the others waiting. The next pass looks at it again. */
  async #try(queue: string, act: () => Promise<void>): Promise<'done' | 'failed' | 'away'> {
    try {
      await act()
      this.#outage.succeeded(queue)
      return 'done'
    } catch (error) {
      if (queue !== ALL) this.#unfinished.add(queue)
      const what = 'the tasks of dead workers could not be reclaimed, will try again'
      this.#outage.failed(`${what}: ${errorMessage(error)}`, queue)
      return isPassing(error) ? 'away' : 'failed'
    }
  }

  /** @returns whether a later pass has to go on */
  async #reclaim(queue: string): Promise<boolean> {
    for (;;) {
      const reply = await this.broker.reclaim(queue, this.options)
      for (const worker of reply.condemned)
        this.logger.warn(`worker ${worker} is dead; its tasks go back to queue ${queue}`)
      for (const id of reply.failed)
        this.logger.error(`task ${id} has taken its process down too often and ends as FAILURE`)
      const progressed = reply.requeued > 0 || reply.failed.length > 0 || reply.condemned.length > 0
      if (!reply.more || !progressed) return reply.more
    }
  }

  async #nextOther(): Promise<string | undefined> {
    if (performance.now() - this.#readAt > QUEUES_TTL) {
      const own = new Set(this.own)
      const known = new Set(this.#others)
      const queues = new Set((await this.broker.queues()).filter((queue) => !own.has(queue)))
      // Those that are new come last, in an order of chance: workers that start together go through them in different ones.
      const added = shuffled([...queues].filter((queue) => !known.has(queue)))
      this.#others = [...this.#others.filter((queue) => queues.has(queue)), ...added]
      for (const queue of this.own) this.#overdue.add(queue)
      this.#readAt = performance.now()
    }
    const next = this.#others.shift()
    if (next !== undefined) this.#others.push(next)
    return next
  }
}

function shuffled(queues: readonly string[]): string[] {
  const drawn = queues.map((queue) => ({ queue, at: Math.random() }))
  return drawn.sort((a, b) => a.at - b.at).map(({ queue }) => queue)
}
