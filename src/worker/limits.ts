import type { Broker } from '../brokers/broker.js'
import type { Ending, Executor, Limit } from '../execution/executor.js'
import type { Run } from '../execution/run.js'
import type { HoldKeeper } from '../locks/hold-keeper.js'
import type { LockStore, Reserved } from '../locks/lock-store.js'
import type { Logger } from '../util/logger.js'
import { sharedClock } from '../util/shared-clock.js'
import { Admissions } from './admissions.js'
import { holderOf, taskOf } from './limit-holder.js'

/** What {@link Limits} are made of. */
export interface LimitsParts {
  readonly broker: Broker
  readonly lockStore: LockStore
  readonly holds: HoldKeeper
  readonly logger: Logger
  /** ms that a place lasts unless it is renewed. */
  readonly leaseTtl: number
}

/** A parked task looks again by itself after this, ms: the net under a word that was lost with its speaker. */
const PARKED_FOR = 600_000
/** How long it keeps its place in line. */
const PATIENCE = 2 * PARKED_FOR
/** A task that could not be admitted because the data store was away goes back for this long, ms. */
const AFTER_ERROR = 1_000

interface Admitted {
  readonly limit: Limit
  /** Null: the task is parked, and gets in line when the store has it. */
  readonly fence: number | null
}

/**
 * Holds jobs to their `maxConcurrency`, over all workers. Made by the {@link Worker}.
 *
 * 1. A claimed task of a limited job asks for a place before it starts; those of one turn ask together. 2. One that is
 * refused ends as REVOKED, or goes back to its queue and into line: it holds nobody up, and no run counts. 3. A place is
 * given back when the end of its run is settled; the store sets it aside for the first in line, whose task is then made
 * due. 4. A worker that dies loses its places with their time; each heartbeat of the others passes them on.
 */
export class Limits {
  readonly #admitted = new Map<Run, Admitted>()
  readonly #known = new Map<string, number>()
  readonly #admissions: Admissions
  readonly #busy = new Set<Promise<void>>()

  constructor(private readonly parts: LimitsParts) {
    this.#admissions = new Admissions(parts.lockStore, parts.leaseTtl)
  }

  /** Takes a run through the executor when there is a place for it. */
  execute(executor: Executor, run: Run): Promise<Ending> {
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
    else if (recorded) this.#do(() => this.#enterLine(run, limit))
  }

  /** Passes on the places of workers that died. */
  beat(): void {
    for (const [name, max] of this.#known) {
      this.#do(async () => {
        await this.#hasten(name, max, await this.parts.lockStore.sweep(name, max))
      })
    }
  }

  /** Resolves when no place is being given back. @returns whether any was: tasks may have become due */
  async quiet(): Promise<boolean> {
    const was = this.#busy.size > 0
    while (this.#busy.size > 0) await Promise.all(this.#busy)
    return was
  }

  async #limited(executor: Executor, run: Run, limit: Limit): Promise<Ending> {
    return (await this.#take(run, limit)) ?? (await executor.execute(run))
  }

  /** @returns null when the run may start, else how it ends */
  async #take(run: Run, limit: Limit): Promise<Ending | null> {
    const { name, max } = limit
    const holder = holderOf(run)
    const since = sharedClock()
    this.#known.set(name, max)
    let fence: number | null
    try {
      fence = await this.#admissions.ask(name, { holder, max })
    } catch (error) {
      run.logger.warn(`goes back to its queue: its maxConcurrency could not be looked up: ${String(error)}`)
      return { kind: 'return', delay: AFTER_ERROR }
    }
    if (fence === null) {
      if (limit.overflow !== null) return limit.overflow()
      this.#admitted.set(run, { limit, fence })
      return { kind: 'return', delay: PARKED_FOR }
    }
    this.#admitted.set(run, { limit, fence })
    this.parts.holds.keep({ name, holder }, since, () => {
      run.logger.warn('its place under maxConcurrency was lost: it could not be renewed in time')
      run.abort('place-lost')
    })
    return null
  }

  async #giveBack(run: Run, { name, max }: Limit, fence: number): Promise<void> {
    const holder = holderOf(run)
    this.parts.holds.drop({ name, holder })
    const { reserved } = await this.parts.lockStore.release(name, holder, fence, max)
    await this.#hasten(name, max, reserved)
  }

  /** The store has parked the task: from now on it can be made due. A place that is free by now is for it. */
  async #enterLine(run: Run, { name, max }: Limit): Promise<void> {
    const holder = holderOf(run)
    const { lockStore } = this.parts
    const { answers, reserved } = await lockStore.acquire(name, [{ holder, max }], AFTER_ERROR, PATIENCE)
    const fence = answers[0]?.fence ?? null
    await this.#hasten(name, max, fence === null ? reserved : [...reserved, { holder, fence }])
  }

  /** Makes the tasks due for which places are set aside. One that does not wait any more gives its place up. */
  async #hasten(name: string, max: number, reserved: readonly Reserved[]): Promise<void> {
    const { broker, lockStore } = this.parts
    let left = reserved
    while (left.length > 0) {
      const next: Reserved[] = []
      for (const queue of new Set(left.map(({ holder }) => taskOf(holder).queue))) {
        const of = left.filter(({ holder }) => taskOf(holder).queue === queue)
        const moved = await broker.hasten(
          queue,
          of.map(({ holder }) => taskOf(holder).id),
        )
        for (const [i, { holder, fence }] of of.entries()) {
          if (moved[i] === true) continue
          next.push(...(await lockStore.release(name, holder, fence, max)).reserved)
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
