import { PARKED_FOR } from '../model/defaults.js'
import type { KnownJobs } from '../jobs/loading/loaded-jobs.js'
import type { Executor, Limit } from '../execution/executor.js'
import { limitName } from '../execution/executor.js'
import type { RunEnd } from '../execution/run-end.js'
import type { Run } from '../execution/run.js'
import type { TimelyAnswer } from '../locks/acquired-in-time.js'
import { acquiredInTime } from '../locks/acquired-in-time.js'
import type { PermitKeeper } from '../locks/permit-keeper.js'
import type { Logger } from '../logging/logger.js'
import { OutageLog } from '../logging/outage-log.js'
import type { Broker } from '../stores/broker.js'
import type { OfferedPermit, PermitStore } from '../stores/permit-store.js'
import { DeclinedOffers } from './declined-offers.js'
import { ParkedTasks } from './parked-tasks.js'
import { PermitRequests } from './permit-requests.js'
import { ShortLivedMap } from '../util/short-lived-map.js'
import { errorMessage } from '../util/thrown.js'

/** The parts of a {@link ConcurrencyLimiter}. */
export interface LimiterParts {
  readonly broker: Broker
  readonly permitStore: PermitStore
  readonly permitKeeper: PermitKeeper
  readonly jobs: KnownJobs
  readonly logger: Logger
  /** Time to live of a permit without renewal, ms. */
  readonly leaseTtl: number
}

/**
 * How long a parked task stays among the waiters of its limit, ms. It stays for longer than any clock is wrong: one that is no longer
 * parked gives its offer to the next.
 */
const WAIT_TTL = 86_400_000
/** Delay of a task that is released because the data store could not be asked for a permit, ms. */
const DELAY_AFTER_ERROR = 1_000

interface Requested {
  readonly limit: Limit
  /** The fence of the run's permit; null: the task waits for a permit, and is parked once its release is recorded. */
  readonly fence: number | null
  /** How often the history of the permits had changed before it was requested. */
  readonly changes: number
}

/**
 * Enforces the `maxConcurrency` of jobs over all workers. Created by the `Worker`.
 *
 * 1. A claimed task of a limited job requests a permit before it starts. 2. A task without a permit ends as REVOKED, or
 * becomes a waiter and is parked: it is released with a delay, takes up no slot, and no run counts. 3. When the end of a run
 * is settled, its permit is released. The store offers the permit to the first waiter, and the waiter's task is promoted.
 * 4. A parked task becomes due when it expires. It then stops waiting, and a permit that was offered to it is offered to the
 * next waiter. 5. The permits of a dead worker expire. At each heartbeat, the other workers have them offered to waiters; also those that
 * have never run such a job: all that have may be dead, and what is parked comes to nobody. 6. After a failover, the tasks that were parked
 * of late ask anew: see {@link ParkedTasks}. 7. A worker that does not know the job of a task cannot run it. It declines the offer that the task
 * may have, for the next waiter, before it releases the task.
 */
export class ConcurrencyLimiter {
  readonly #requested = new ShortLivedMap<Run, Requested>()
  /** The limits that this worker has asked for, by name: the number of permits of each. A call may have another than its job. */
  readonly #limits = new Map<string, number>()
  readonly #requests: PermitRequests
  readonly #declined: DeclinedOffers
  /** Those of this turn of the event loop. */
  readonly #parked = new Map<string, Run[]>()
  readonly #parkedTasks: ParkedTasks
  readonly #releases = new Set<Promise<void>>()
  /** The queues of this worker's limited tasks: it consumes them itself. */
  readonly #queues = new Set<string>()
  readonly #paused = new Set<string>()
  #isQuiet = false
  readonly #outage: OutageLog
  #sweeps = 0

  constructor(private readonly parts: LimiterParts) {
    this.#outage = new OutageLog(parts.logger, 'permits under maxConcurrency are offered again')
    this.#requests = new PermitRequests(parts.permitStore, parts.leaseTtl, (name, max, offered) => {
      this.#inBackground(name, () => this.#promote(name, max, offered))
    })
    this.#declined = new DeclinedOffers(parts.permitStore, (name, offered) => {
      this.#inBackground(name, () => this.#promote(name, null, offered))
    })
    this.#parkedTasks = new ParkedTasks(parts.broker, parts.permitStore, () => {
      this.#promoteForgotten()
    })
  }

  /**
   * Executes a run if it gets a permit or needs none.
   *
   * @param limit - of the run, as the executor says
   * @returns how the run ends; at once where it has ended already
   */
  execute(executor: Executor, run: Run, limit: Limit | null): RunEnd | Promise<RunEnd> {
    if (limit === null) return run.job === null ? this.#executeUnknown(executor, run) : executor.execute(run)
    if (limit.expiresIn === null || limit.expiresIn >= 0) return this.#executeLimited(executor, run, limit)
    // An expired task does not run, and must neither wait for a permit nor keep one that was offered to it.
    if (limit.overflow === null) this.#inBackground(limit.name, () => this.#release(run, limit, null))
    return executor.execute(run)
  }

  /** Called when the end of a run is settled, or cannot be any more. @param recorded - whether the store has recorded it */
  settled(run: Run, recorded: boolean): void {
    if (this.#requested.size === 0) return
    const requested = this.#requested.get(run)
    if (requested === undefined) return
    this.#requested.delete(run)
    const { limit, fence, changes } = requested
    if (fence !== null) this.#inBackground(limit.name, () => this.#release(run, limit, fence))
    else if (recorded) this.#park(run, limit, changes)
  }

  /** Called when a queue that this worker consumes was paused, or is paused no more. */
  paused(queue: string, isPaused: boolean): void {
    if (isPaused) this.#paused.add(queue)
    else this.#paused.delete(queue)
  }

  /** Called when this worker claims no more, or claims again. */
  quiet(isQuiet: boolean): void {
    this.#isQuiet = isQuiet
  }

  /**
   * Offers the permits of dead workers to waiters. Called at each heartbeat. Of the limits that this worker has not asked for, one has its
   * turn each time: a worker of many such jobs is idle all the same.
   */
  sweep(): void {
    if (this.#parkedTasks.hasDoubtful) this.#promoteForgotten()
    const unasked = [...this.#unasked()]
    const turn = unasked.slice(this.#sweeps % Math.max(1, unasked.length)).slice(0, 1)
    this.#sweeps += 1
    for (const [name, max] of [...turn, ...this.#limits]) {
      this.#inBackground(name, async () => {
        await this.#promote(name, max, await this.parts.permitStore.sweep(name, max))
      })
    }
  }

  /** The limits of the jobs of this worker for which it has not asked yet, and under which tasks may wait. */
  *#unasked(): Iterable<[name: string, max: number]> {
    const { jobs } = this.parts
    for (const job of jobs.names()) {
      const { maxConcurrency = 0, overflow } = jobs.find(job)?.options ?? {}
      const name = limitName(job)
      if (maxConcurrency > 0 && overflow !== 'revoke' && !this.#limits.has(name)) yield [name, maxConcurrency]
    }
  }

  close(): void {
    this.#parkedTasks.close()
  }

  /** Resolves when no release is under way. @returns whether one was, since tasks may have become due by it */
  async whenReleased(): Promise<boolean> {
    const was = this.#releases.size > 0
    while (this.#releases.size > 0) await Promise.all(this.#releases)
    return was
  }

  async #executeLimited(executor: Executor, run: Run, limit: Limit): Promise<RunEnd> {
    return (await this.#acquire(run, limit)) ?? (await executor.execute(run))
  }

  /**
   * Executes a run whose job is not known here. Its task may have come with an offer, and would keep it while it waits for another worker.
   * The offer is declined before the task is released: a task that is parked again meanwhile must not lose its next offer.
   */
  async #executeUnknown(executor: Executor, run: Run): Promise<RunEnd> {
    const name = limitName(run.call.job)
    try {
      await this.#declined.decline(name, holderOf(run))
      this.#outage.succeeded(name)
    } catch (error) {
      this.#outage.failed(`a permit under maxConcurrency is offered later: ${errorMessage(error)}`, name)
    }
    return await executor.execute(run)
  }

  /** @returns null when the run has a permit, else how it ends */
  async #acquire(run: Run, limit: Limit): Promise<RunEnd | null> {
    const { name, max } = limit
    const holder = holderOf(run)
    this.#limits.set(name, max)
    this.#queues.add(run.queue)
    const changes = this.parts.permitStore.historyChanges(name)
    let acquired: TimelyAnswer<number | null>
    try {
      // The task becomes a waiter before it is parked. Else a crash in between would leave it parked, with no permit to come.
      const waitTtl = limit.overflow === null ? WAIT_TTL : 0
      acquired = await acquiredInTime(
        this.parts.leaseTtl,
        async () => await this.#requests.acquire(name, { holder, max }, waitTtl),
      )
    } catch (error) {
      run.logger.warn(
        `the task is released to its queue: its maxConcurrency could not be looked up: ${errorMessage(error)}`,
      )
      return { kind: 'release', task: run.claimed, delay: DELAY_AFTER_ERROR }
    }
    const { answer: fence, since } = acquired
    if (fence === null) {
      if (limit.overflow !== null) return limit.overflow()
      this.#requested.set(run, { limit, fence, changes })
      // Due again as soon as the task has expired, so that it is revoked then, and not only when it gets an offer.
      const { expiresIn } = limit
      return {
        kind: 'release',
        task: run.claimed,
        delay: expiresIn === null ? PARKED_FOR : Math.min(PARKED_FOR, expiresIn + 1),
      }
    }
    this.#requested.set(run, { limit, fence, changes })
    this.parts.permitKeeper.keep({ name, holder, fence, max }, since, () => {
      run.logger.warn('the permit of the run under maxConcurrency was lost: it could not be renewed in time')
      run.abort('permit-lost')
    })
    return null
  }

  /** Releases a permit. @param fence - of the permit; null: the task has none, and stops waiting for one */
  async #release(run: Run, { name, max }: Limit, fence: number | null): Promise<void> {
    const holder = holderOf(run)
    // A release that fails is made up for by a sweep.
    this.#limits.set(name, max)
    this.parts.permitKeeper.drop({ name, holder })
    const { offered } = await this.parts.permitStore.release(name, holder, fence, max)
    await this.#promote(name, max, offered)
  }

  /** Called when the store has parked a task. The tasks of one turn of the event loop are handled together. */
  #park(run: Run, { name }: Limit, changes: number): void {
    const { queue, claimed } = run
    this.#parkedTasks.add(holderOf(run), { queue, id: claimed.id, runs: claimed.run - 1, limit: name, changes })
    const parked = this.#parked.get(name)
    if (parked) parked.push(run)
    else {
      this.#parked.set(name, [run])
      this.#inBackground(name, async () => {
        await Promise.resolve()
        await this.#promoteOffered(name)
      })
    }
  }

  /**
   * Promotes parked tasks to which a permit was offered before they were parked: at that moment there was no parked task to
   * promote. A renewal tells whether there is an offer. It does no harm where the task already runs in another worker.
   */
  async #promoteOffered(name: string): Promise<void> {
    const runs = this.#parked.get(name) ?? []
    this.#parked.delete(name)
    const { broker, permitStore, leaseTtl } = this.parts
    const isOffered = await permitStore.renew(name, runs.map(holderOf), leaseTtl)
    const offered = runs.filter((_, i) => isOffered[i] === true)
    for (const queue of new Set(offered.map((run) => run.queue))) {
      const ids = offered.filter((run) => run.queue === queue).map((run) => run.claimed.id)
      await broker.promote(queue, ids)
    }
  }

  /** Promotes parked tasks of which a failover may have forgotten that they wait. Where that fails, it is tried at the next heartbeat. */
  #promoteForgotten(): void {
    this.#inBackground('', async () => {
      await this.#parkedTasks.promote()
    })
  }

  /**
   * Promotes the tasks to which permits are offered. Where a task is neither delayed nor held by a worker, or all workers of its queue have
   * died or are quiet, or the queue is paused, its permit is released, and is offered to the next waiter. A task that is held may be about to be parked: its offer stays.
   *
   * @param max - number of permits that the name has; null: not known, as this worker does not know the job
   */
  async #promote(name: string, max: number | null, offered: readonly OfferedPermit[]): Promise<void> {
    const { broker, permitStore } = this.parts
    const changes = permitStore.historyChanges(name)
    let left = offered
    while (left.length > 0) {
      const next: OfferedPermit[] = []
      for (const queue of new Set(left.map(({ holder }) => taskOf(holder).queue))) {
        const ofQueue = left.filter(({ holder }) => taskOf(holder).queue === queue)
        const isWaiting = await broker.promote(
          queue,
          ofQueue.map(({ holder }) => taskOf(holder).id),
        )
        // A task that is ready by now asks for a permit anew where a worker comes for it.
        const isConsumedHere = !this.#isQuiet && this.#queues.has(queue) && !this.#paused.has(queue)
        const isConsumed = isConsumedHere || (await broker.isConsumed(queue))
        for (const [i, { holder, fence }] of ofQueue.entries()) {
          if (isWaiting[i] === true && isConsumed) continue
          const { id } = taskOf(holder)
          this.#parkedTasks.add(holder, { queue, id, runs: null, limit: name, changes })
          if (max === null) next.push(...(await permitStore.decline(name, [holder])))
          else next.push(...(await permitStore.release(name, holder, fence, max)).offered)
        }
      }
      left = next
    }
  }

  /** @param name - of the limit */
  #inBackground(name: string, act: () => Promise<void>): void {
    const release = act()
      .then(() => {
        this.#outage.succeeded(name)
      })
      .catch((error: unknown) => {
        this.#outage.failed(`a permit under maxConcurrency is offered later: ${errorMessage(error)}`, name)
      })
      .finally(() => this.#releases.delete(release))
    this.#releases.add(release)
  }
}

/** A run's task as the holder of a permit. The part before the first `/` names an inbox; a task has none. */
function holderOf({ queue, claimed }: Run): string {
  return `/${encodeURIComponent(queue)}/${claimed.id}`
}

/** The task of a holder. */
function taskOf(holder: string): { readonly id: string; readonly queue: string } {
  const end = holder.indexOf('/', 1)
  return { queue: decodeURIComponent(holder.slice(1, end)), id: holder.slice(end + 1) }
}
