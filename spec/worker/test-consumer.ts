import { EventEmitter, once } from 'node:events'
import type { JobOptions, TaskHeader } from 'pulsar-queue'
import { defineJob, JsonSerializer, TaskNotAvailableError } from 'pulsar-queue'
import { Executor } from '../../lib/execution/executor.js'
import { InlineRunner } from '../../lib/execution/inline-runner.js'
import { registeredJob } from '../../lib/jobs/define/registry.js'
import { RunnableJob } from '../../lib/jobs/loading/runnable-job.js'
import { PermitKeeper } from '../../lib/locks/permit-keeper.js'
import type { EmbeddedLocation } from '../../lib/stores/embedded/database/embedded-url.js'
import { readEmbeddedUrl } from '../../lib/stores/embedded/database/embedded-url.js'
import { EmbeddedBroker } from '../../lib/stores/embedded/embedded-broker.js'
import { EmbeddedPermitStore } from '../../lib/stores/embedded/embedded-permit-store.js'
import { Store } from '../../lib/stores/embedded/store.js'
import { HAND_OVER_BYTES } from '../../lib/stores/policy.js'
import { SYSTEM_CLOCK } from '../../lib/util/clock.js'
import { taskOfRecord } from '../../lib/serializers/task-codec.js'
import type { Deferred } from '../../lib/util/deferred.js'
import { deferred } from '../../lib/util/deferred.js'
import { ConcurrencyLimiter } from '../../lib/worker/concurrency-limiter.js'
import { Heartbeat } from '../../lib/worker/heartbeat.js'
import { QueueConsumer } from '../../lib/worker/queue-consumer.js'
import { Slots } from '../../lib/worker/slots.js'
import { GatedBroker } from '../support/gated-broker.js'
import { KeptLogger } from '../support/kept-logger.js'
import { until } from '../support/until.js'
import { newTask } from '../support/new-task.js'

export const QUEUE = 'q'

export interface TestConsumerOptions {
  readonly slots?: number
  /** Names of the jobs. Default: `work` alone. */
  readonly jobs?: readonly string[]
  /** Options of each job. */
  readonly job?: JobOptions
  /** Whether the run of a task ends as soon as it starts. Default: `finish()` ends it. */
  readonly endsAtOnce?: (id: string) => boolean
  /** Called in place of a worker when the store has recorded the end of a run. */
  readonly onSettled?: (id: string) => void
}

/** ms. The heartbeat beats when the spec says so. */
const LEASE_TTL = 600_000

let stores = 0

/** Knows the limits that were swept, in order. */
class SweptPermits extends EmbeddedPermitStore {
  readonly swept: string[] = []

  override sweep(...limit: Parameters<EmbeddedPermitStore['sweep']>): ReturnType<EmbeddedPermitStore['sweep']> {
    this.swept.push(limit[0])
    return super.sweep(...limit)
  }
}

/**
 * A real consumer of one queue with the real store in memory behind a gate. Its jobs run until the spec ends them by
 * `finish()`.
 */
export class TestConsumer {
  readonly broker: GatedBroker
  /** Another client of the same store: what another process would have. */
  readonly store: EmbeddedBroker
  readonly consumer: QueueConsumer
  readonly heartbeat: Heartbeat
  readonly logger = new KeptLogger()
  readonly permits: SweptPermits
  readonly limiter: ConcurrencyLimiter
  readonly slots: Slots
  /** Ids of the tasks whose jobs were started, in order. */
  readonly started: string[] = []
  /** Ids of the tasks whose ends the consumer was told to be recorded. */
  readonly settled: string[] = []
  /** Ids that the heartbeat has said to be lost. */
  readonly lost: string[] = []
  /** Why runs were aborted. */
  readonly aborted: string[] = []
  readonly #happened = new EventEmitter()
  readonly #jobs = new Map<string, Deferred<unknown>>()
  readonly #location: EmbeddedLocation
  readonly #permitKeeper: PermitKeeper

  private constructor({
    slots = 2,
    jobs: names = ['work'],
    job: options = {},
    endsAtOnce,
    onSettled,
  }: TestConsumerOptions) {
    const url = `embedded::memory:consumer-${String(++stores)}`
    this.#location = readEmbeddedUrl(url)
    this.broker = new GatedBroker(url)
    this.store = new EmbeddedBroker(url)
    this.permits = new SweptPermits(url)
    this.slots = new Slots(slots)
    this.#permitKeeper = new PermitKeeper(this.permits, LEASE_TTL, this.logger)
    this.heartbeat = new Heartbeat(
      this.broker,
      null,
      LEASE_TTL,
      this.logger,
      {
        lost: (_queue, worker) => {
          this.lost.push(worker)
          this.consumer.lost(worker)
        },
        overdue: () => undefined,
      },
      () => undefined,
    )
    const registered = registeredJob(defineJob({ ...options, name: 'work' }, () => undefined))
    if (!registered) throw new Error('expected the job to be registered')
    const job = new RunnableJob(registered, null)
    const jobs = {
      find: () => job,
      names: () => names,
      notAvailable: (name: string) => new TaskNotAvailableError(name, null),
    }
    const runner = new InlineRunner((run) => ({
      run: async () => {
        const end = deferred<unknown>()
        this.#jobs.set(run.claimed.id, end)
        this.started.push(run.claimed.id)
        run.signal.addEventListener('abort', () => {
          this.aborted.push((run.signal.reason as { why: string }).why)
        })
        this.#happened.emit('started')
        if (endsAtOnce?.(run.claimed.id) === true) end.resolve('done')
        return await end.promise
      },
    }))
    const { logger, broker, permits: permitStore } = this
    this.limiter = new ConcurrencyLimiter({
      broker,
      permitStore,
      permitKeeper: this.#permitKeeper,
      jobs,
      logger,
      leaseTtl: LEASE_TTL,
    })
    const executor = new Executor({
      serializer: new JsonSerializer(),
      jobs,
      logger,
      workerName: 'w',
      nodeName: 'n',
      runner,
      clock: SYSTEM_CLOCK,
    })
    const parts = {
      broker,
      executor,
      heartbeat: this.heartbeat,
      logger,
      limiter: this.limiter,
      slots: this.slots,
      workerName: 'w',
      leaseTtl: LEASE_TTL,
      poolTimeout: 600_000,
      observer: {
        started: () => undefined,
        progressed: async () => undefined,
        sending: () => null,
        settled: (run: { claimed: { id: string } }) => {
          this.settled.push(run.claimed.id)
          this.#happened.emit('settled')
          onSettled?.(run.claimed.id)
        },
        listened: () => undefined,
        ordered: () => undefined,
        slotsFreed: () => undefined,
        scheduled: () => {
          process.nextTick(() => {
            this.consumer.sendScheduled()
          })
        },
        served: () => undefined,
      },
    }
    this.consumer = new QueueConsumer(parts, QUEUE)
  }

  /** Opens the stores. The consumer has not joined yet. */
  static async open(options: TestConsumerOptions = {}): Promise<TestConsumer> {
    const made = new TestConsumer(options)
    await made.broker.connect()
    await made.store.connect()
    return made
  }

  /** As the worker does it. */
  quiet(isQuiet: boolean): void {
    this.slots.isQuiet = isQuiet
    this.limiter.quiet(isQuiet)
    this.consumer.quiet(isQuiet)
  }

  async close(): Promise<void> {
    await this.consumer.leave()
    await this.limiter.whenReleased()
    await this.heartbeat.close()
    this.#permitKeeper.close()
    await this.permits.close()
    await this.broker.close()
    await this.store.close()
  }

  async queue(...ids: string[]): Promise<void> {
    await this.store.queue(
      QUEUE,
      ids.map((id) => newTask(id)),
    )
  }

  /** Queues a task whose call is too large to be handed over. */
  async queueLarge(id: string): Promise<void> {
    await this.store.queue(QUEUE, [
      { ...newTask(id), body: JSON.stringify({ m: { text: 'x'.repeat(HAND_OVER_BYTES) } }) },
    ])
  }

  async queuePrior(id: string, priority: number): Promise<void> {
    await this.store.queue(QUEUE, [{ ...newTask(id), priority }])
  }

  /** Ends the latest run of a task. */
  finish(id: string, result: unknown = 'done'): void {
    this.#jobs.get(id)?.resolve(result)
  }

  /**
   * Has the store refuse changes from now on, for a reason of its own.
   *
   * @param when - SQL condition on the row before (OLD) and after (NEW) the change
   * @param what - the changes
   * @returns has the store take them again
   */
  refuseInStore(when: string, what: 'UPDATE ON task' | 'INSERT ON batch' = 'UPDATE ON task'): () => void {
    const { queue } = this.#shared()
    queue.exec(`CREATE TRIGGER refusal BEFORE ${what} WHEN ${when} BEGIN SELECT RAISE(ABORT, 'too large'); END`)
    return () => {
      queue.exec('DROP TRIGGER refusal')
    }
  }

  /** Leaves the store no room for more. @returns gives it room again */
  fill(): () => void {
    const { queue } = this.#shared()
    const { page_count: pages } = queue.sql('PRAGMA page_count').get() as { page_count: number }
    queue.sql(`PRAGMA max_page_count = ${String(pages)}`).get()
    return () => {
      queue.sql('PRAGMA max_page_count = 1000000').get()
    }
  }

  /** The store that the consumer uses. */
  #shared(): Store {
    const store = Store.open(this.#location)
    void store.release()
    return store
  }

  /** Resolves when that many jobs were started in all. */
  async whenStarted(count: number): Promise<void> {
    while (this.started.length < count) await once(this.#happened, 'started')
  }

  /** Resolves when the consumer was told of that many recorded ends. */
  async whenSettled(count: number): Promise<void> {
    while (this.settled.length < count) await once(this.#happened, 'settled')
  }

  /** The present id; throws where there is none. */
  get id(): string {
    const { worker } = this.consumer
    if (worker === null) throw new Error('expected the consumer to have a lease')
    return worker
  }

  /** What the store says of a task. */
  async task(id: string): Promise<Pick<TaskHeader, 'status' | 'runs' | 'crashes' | 'worker'>> {
    const [record] = await this.store.get(QUEUE, [id])
    if (!record) throw new Error(`expected the store to know task ${id}`)
    const { status, runs, crashes, worker } = record.header
    return { status, runs, crashes, worker }
  }

  /** The words with which a task has ended. */
  async exception(id: string): Promise<string | null> {
    const [record] = await this.store.get(QUEUE, [id])
    return record?.outcome ? taskOfRecord(new JsonSerializer(), record).exception : null
  }

  /** What the store has counted. */
  async counts(): Promise<{ held: number; ready: number; succeeded: number; released: number }> {
    const { held, ready } = await this.store.size(QUEUE)
    const { succeeded, released } = await this.store.stats(QUEUE)
    return { held, ready, succeeded, released }
  }

  /** Whether the store still has a lease of that id. */
  async isLeased(id: string): Promise<boolean> {
    return (await this.store.renew(QUEUE, id)) === 'held'
  }

  /** Leaves the lease behind the worker's back, so that the store refuses its id from now on. */
  async loseInStore(id: string): Promise<void> {
    await this.store.leave(QUEUE, id)
  }

  /** The store takes the worker for dead, as when it does not renew its lease: a reclaimer has made one pass. */
  async condemn(id: string): Promise<void> {
    await this.store.join(QUEUE, { id, slots: this.slots.total, leaseTtl: 1 })
    const options = { crashCap: 3, outcome: '{"e":"crashed"}', ttl: 60_000, grace: 0 }
    await until('the lease to be over', async () => {
      const { condemned } = await this.store.reclaim(QUEUE, options)
      return condemned.includes(id) ? true : undefined
    })
  }
}
