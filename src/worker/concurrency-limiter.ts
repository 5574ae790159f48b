import type { Broker } from '../stores/broker.js'
import type { RunEnd, Executor, Limit } from '../execution/executor.js'
import type { Run } from '../execution/run.js'
import type { PermitKeeper } from '../locks/permit-keeper.js'
import type { PermitStore, OfferedPermit } from '../stores/permit-store.js'
import type { Logger } from '../logging/logger.js'
import { sharedClock } from '../util/shared-clock.js'
import { Admissions } from './permit-requests.js'
import { holderOf, taskOf } from './limit-holder.js'

/** What {@link Limits} are made of. */
export interface LimitsParts {
  readonly broker: Broker
  readonly permitStore: PermitStore
  readonly permitKeeper: PermitKeeper
  readonly logger: Logger
  /** ms that a place lasts unless it is renewed. */
  readonly leaseTtl: number
}

/** A parked task looks again by itself after this, ms: the net under a word that was lost with its speaker. */
const PARKED_FOR = 600_000
/** How long it keeps its place in line. */
const WAIT_TTL = 2 * PARKED_FOR
/** A task that could not be admitted because the data store was away goes back for this long, ms. */
const AFTER_ERROR = 1_000

interface Admitted {
  readonly limit: Limit
  /** Null: the task is in line, and is parked by its settle. */
  readonly fence: number | null
}

/**
 * Holds jobs to their `maxConcurrency`, over all workers. Made by the {@link Worker}.
 *
 * 1. A claimed task of a limited job asks for a place before it starts; those of one turn ask together. 2. One that is
 * refused ends as REVOKED, or gets in line and goes back to its queue: it holds nobody up, and no run counts. 3. A place is
 * given back when the end of its run is settled; the store sets it aside for the first in line, whose task is then made
 * due. 4. A worker that dies loses its places with their time; each heartbeat of the others passes them on.
 */
export class Limits {
  readonly #admitted = new Map<Run, Admitted>()
  readonly #known = new Map<string, number>()
  readonly #admissions: Admissions
  readonly #parked = new Map<string, Run[]>()
  readonly #busy = new Set<Promise<void>>()

  constructor(private readonly parts: LimitsParts) {
    this.#admissions = new Admissions(parts.permitStore, parts.leaseTtl, (name, max, offered) => {
      this.#do(() => this.#promote(name, max, offered))
    })
  }

  /** Takes a run through the executor when there is a place for it. */
  execute(executor: Executor, run: Run): Promise<RunEnd> {
    const limit = executor.limitOf(run)
    return limit === null ? executor.execute(run) : this.#limited(executor, run, limit)
  }

  /** The end of a run was settled, or does not count any more. @param recorded - whether the store took it */
  settled(run: Run, recorded: boolean): void {
    const admitted = this.#admitted.get(run)
    if (admitted === undefined) return
    this.#admitted.delete(run)
    const { limit, fence } = admitted
    if (fence !== null) this.#do(() => this.#giveBack(run, limit, fence))
    else if (recorded) this.#park(run, limit)
  }

  /** Passes on the places of workers that died. */
  beat(): void {
    for (const [name, max] of this.#known) {
      this.#do(async () => {
        await this.#promote(name, max, await this.parts.permitStore.sweep(name, max))
      })
    }
  }

  /** Resolves when no place is being given back. @returns whether any was: tasks may have become due */
  async quiet(): Promise<boolean> {
    const was = this.#busy.size > 0
    while (this.#busy.size > 0) await Promise.all(this.#busy)
    return was
  }

  async #limited(executor: Executor, run: Run, limit: Limit): Promise<RunEnd> {
    return (await this.#take(run, limit)) ?? (await executor.execute(run))
  }

  /** @returns null when the run may start, else how it ends */
  async #take(run: Run, limit: Limit): Promise<RunEnd | null> {
    const { name, max } = limit
    const holder = holderOf(run)
    const since = sharedClock()
    this.#known.set(name, max)
    let fence: number | null
    try {
      // In line before it is parked: one that was parked first would be forgotten if its worker died in between.
      fence = await this.#admissions.ask(name, { holder, max }, limit.overflow === null ? WAIT_TTL : 0)
    } catch (error) {
      run.logger.warn(`goes back to its queue: its maxConcurrency could not be looked up: ${String(error)}`)
      return { kind: 'release', delay: AFTER_ERROR }
    }
    if (fence === null) {
      if (limit.overflow !== null) return limit.overflow()
      this.#admitted.set(run, { limit, fence })
      return { kind: 'release', delay: PARKED_FOR }
    }
    this.#admitted.set(run, { limit, fence })
    this.parts.permitKeeper.keep({ name, holder }, since, () => {
      run.logger.warn('its place under maxConcurrency was lost: it could not be renewed in time')
      run.abort('place-lost')
    })
    return null
  }

  async #giveBack(run: Run, { name, max }: Limit, fence: number): Promise<void> {
    const holder = holderOf(run)
    this.parts.permitKeeper.drop({ name, holder })
    const { offered } = await this.parts.permitStore.release(name, holder, fence, max)
    await this.#promote(name, max, offered)
  }

  /** The store has parked the task: those of one turn are looked after together. */
  #park(run: Run, { name }: Limit): void {
    const parked = this.#parked.get(name)
    if (parked) parked.push(run)
    else {
      this.#parked.set(name, [run])
      this.#do(async () => {
        await Promise.resolve()
        await this.#missed(name)
      })
    }
  }

  /**
   * A place that was set aside for a task before it was parked found nothing to make due then. Looked up by a renewal,
   * which harms nobody: the task may run elsewhere by now, and the place be held there.
   */
  async #missed(name: string): Promise<void> {
    const runs = this.#parked.get(name) ?? []
    this.#parked.delete(name)
    const { broker, permitStore, leaseTtl } = this.parts
    const held = await permitStore.renew(name, runs.map(holderOf), leaseTtl)
    const next = runs.filter((_, i) => held[i] === true)
    for (const queue of new Set(next.map((run) => run.queue))) {
      const ids = next.filter((run) => run.queue === queue).map((run) => run.claimed.id)
      await broker.promote(queue, ids)
    }
  }

  /**
   * Makes the tasks due for which places are set aside. One that does not wait any more gives its place up; one that is
   * still with its worker keeps it for as long as it is set aside.
   */
  async #promote(name: string, max: number, offered: readonly OfferedPermit[]): Promise<void> {
    const { broker, permitStore } = this.parts
    let left = offered
    while (left.length > 0) {
      const next: OfferedPermit[] = []
      for (const queue of new Set(left.map(({ holder }) => taskOf(holder).queue))) {
        const of = left.filter(({ holder }) => taskOf(holder).queue === queue)
        const moved = await broker.promote(
          queue,
          of.map(({ holder }) => taskOf(holder).id),
        )
        for (const [i, { holder, fence }] of of.entries()) {
          if (moved[i] === true) continue
          next.push(...(await permitStore.release(name, holder, fence, max)).offered)
        }
      }
      left = next
    }
  }

  #do(act: () => Promise<void>): void {
    const busy = act()
      .catch((error: unknown) => {
        this.parts.logger.warn(`a place under maxConcurrency is passed on later: ${String(error)}`)
      })
      .finally(() => this.#busy.delete(busy))
    this.#busy.add(busy)
  }
}
