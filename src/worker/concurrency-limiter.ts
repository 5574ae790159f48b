import type { Executor, Limit } from '../execution/executor.js'
import type { RunEnd } from '../execution/run-end.js'
import type { Run } from '../execution/run.js'
import type { PermitKeeper } from '../locks/permit-keeper.js'
import type { Logger } from '../logging/logger.js'
import type { Broker } from '../stores/broker.js'
import type { OfferedPermit, PermitStore } from '../stores/permit-store.js'
import { sharedClock } from '../util/clock.js'
import { PermitRequests } from './permit-requests.js'
import { errorMessage } from '../util/thrown.js'

/** The parts of a {@link ConcurrencyLimiter}. */
export interface LimiterParts {
  readonly broker: Broker
  readonly permitStore: PermitStore
  readonly permitKeeper: PermitKeeper
  readonly logger: Logger
  /** ms that a permit lasts unless it is renewed. */
  readonly leaseTtl: number
}

/** A parked task is due again by itself after this, ms: in case the worker that would promote it dies. */
const PARKED_FOR = 600_000
/** How long a parked task stays among the waiters of its limit, ms. */
const WAIT_TTL = 2 * PARKED_FOR
/** A task whose limit could not be looked up, because the data store was away, is released for this long, ms. */
const DELAY_AFTER_ERROR = 1_000

interface Requested {
  readonly limit: Limit
  /** Of the permit that the run has; null: the task waits for one, and is parked when its settle is recorded. */
  readonly fence: number | null
}

/**
 * Holds jobs to their `maxConcurrency`, over all workers. Made by the `Worker`.
 *
 * 1. A claimed task of a limited job asks for a permit before it starts; the requests of one turn are one call. 2. A task
 * that is refused ends as REVOKED, or it joins the waiters and is released to its queue: it takes up no slot, and no run
 * counts. 3. A permit is released when the end of its run is settled; the store offers it to the first of the waiters,
 * whose task is then promoted. A task that expires while it waits is due again at that moment; it leaves the waiters, and a
 * permit that was offered to it is offered to the next. 4. The permits of a worker that dies are over with their time; each heartbeat of the other
 * workers has them offered anew.
 */
export class ConcurrencyLimiter {
  readonly #requested = new Map<Run, Requested>()
  /** Names of the limits that this worker has met, with their numbers of permits. */
  readonly #limits = new Map<string, number>()
  readonly #requests: PermitRequests
  readonly #parked = new Map<string, Run[]>()
  readonly #releases = new Set<Promise<void>>()

  constructor(private readonly parts: LimiterParts) {
    this.#requests = new PermitRequests(parts.permitStore, parts.leaseTtl, (name, max, offered) => {
      this.#inBackground(() => this.#promote(name, max, offered))
    })
  }

  /** Takes a run through the executor when there is a permit for it. */
  execute(executor: Executor, run: Run): Promise<RunEnd> {
    const limit = executor.limitOf(run)
    if (limit === null) return executor.execute(run)
    if (limit.expiresIn === null || limit.expiresIn >= 0) return this.#executeLimited(executor, run, limit)
    // It may be a waiter, to whom a permit was offered. It does not run any more.
    if (limit.overflow === null) this.#inBackground(() => this.#release(run, limit, null))
    return executor.execute(run)
  }

  /** The end of a run was settled, or does not count any more. @param recorded - whether the store has recorded it */
  settled(run: Run, recorded: boolean): void {
    const requested = this.#requested.get(run)
    if (requested === undefined) return
    this.#requested.delete(run)
    const { limit, fence } = requested
    if (fence !== null) this.#inBackground(() => this.#release(run, limit, fence))
    else if (recorded) this.#park(run, limit)
  }

  /** Offers the permits of workers that died to those that wait. Called at each heartbeat. */
  sweep(): void {
    for (const [name, max] of this.#limits) {
      this.#inBackground(async () => {
        await this.#promote(name, max, await this.parts.permitStore.sweep(name, max))
      })
    }
  }

  /** Resolves when no release is under way. @returns whether one was: then tasks may have become due */
  async whenReleased(): Promise<boolean> {
    const was = this.#releases.size > 0
    while (this.#releases.size > 0) await Promise.all(this.#releases)
    return was
  }

  async #executeLimited(executor: Executor, run: Run, limit: Limit): Promise<RunEnd> {
    return (await this.#acquire(run, limit)) ?? (await executor.execute(run))
  }

  /** @returns null when the run has a permit, else how it ends */
  async #acquire(run: Run, limit: Limit): Promise<RunEnd | null> {
    const { name, max } = limit
    const holder = holderOf(run)
    const since = sharedClock()
    this.#limits.set(name, max)
    let fence: number | null
    try {
      // The task waits before it is parked: parked first, it would be forgotten if its worker died in between.
      fence = await this.#requests.acquire(name, { holder, max }, limit.overflow === null ? WAIT_TTL : 0)
    } catch (error) {
      run.logger.warn(`is released to its queue: its maxConcurrency could not be looked up: ${errorMessage(error)}`)
      return { kind: 'release', delay: DELAY_AFTER_ERROR }
    }
    if (fence === null) {
      if (limit.overflow !== null) return limit.overflow()
      this.#requested.set(run, { limit, fence })
      // Due again as soon as it has expired, so that it is revoked then and not when its turn comes.
      const { expiresIn } = limit
      return { kind: 'release', delay: expiresIn === null ? PARKED_FOR : Math.min(PARKED_FOR, expiresIn + 1) }
    }
    this.#requested.set(run, { limit, fence })
    this.parts.permitKeeper.keep({ name, holder }, since, () => {
      run.logger.warn('its permit under maxConcurrency was lost: it could not be renewed in time')
      run.abort('permit-lost')
    })
    return null
  }

  /** @param fence - of the permit; null: the task does not have it, and leaves the waiters */
  async #release(run: Run, { name, max }: Limit, fence: number | null): Promise<void> {
    const holder = holderOf(run)
    this.parts.permitKeeper.drop({ name, holder })
    const { offered } = await this.parts.permitStore.release(name, holder, fence, max)
    await this.#promote(name, max, offered)
  }

  /** The store has parked the task. The tasks of one turn are looked after together. */
  #park(run: Run, { name }: Limit): void {
    const parked = this.#parked.get(name)
    if (parked) parked.push(run)
    else {
      this.#parked.set(name, [run])
      this.#inBackground(async () => {
        await Promise.resolve()
        await this.#promoteOffered(name)
      })
    }
  }

  /**
   * Promotes parked tasks to which a permit was offered before they were parked: there was nothing to promote then. A
   * renewal tells whether there is an offer. It harms nobody when the task runs elsewhere by now and has the permit there.
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

  /**
   * Promotes the tasks to which permits are offered. A task that is not delayed any more has its permit released, unless a
   * worker has it right now: then the offer stays for as long as it lasts.
   */
  async #promote(name: string, max: number, offered: readonly OfferedPermit[]): Promise<void> {
    const { broker, permitStore } = this.parts
    let left = offered
    while (left.length > 0) {
      const next: OfferedPermit[] = []
      for (const queue of new Set(left.map(({ holder }) => taskOf(holder).queue))) {
        const ofQueue = left.filter(({ holder }) => taskOf(holder).queue === queue)
        const isWaiting = await broker.promote(
          queue,
          ofQueue.map(({ holder }) => taskOf(holder).id),
        )
        for (const [i, { holder, fence }] of ofQueue.entries()) {
          if (isWaiting[i] === true) continue
          next.push(...(await permitStore.release(name, holder, fence, max)).offered)
        }
      }
      left = next
    }
  }

  #inBackground(act: () => Promise<void>): void {
    const release = act()
      .catch((error: unknown) => {
        this.parts.logger.warn(`a permit under maxConcurrency is offered later: ${errorMessage(error)}`)
      })
      .finally(() => this.#releases.delete(release))
    this.#releases.add(release)
  }
}

/** A run's task as the holder of a permit. It has no inbox: nothing stands before the first `/`. */
function holderOf({ queue, claimed }: Run): string {
  return `/${encodeURIComponent(queue)}/${claimed.id}`
}

/** The task that a holder names. */
function taskOf(holder: string): { readonly id: string; readonly queue: string } {
  const end = holder.indexOf('/', 1)
  return { queue: decodeURIComponent(holder.slice(1, end)), id: holder.slice(end + 1) }
}
