import { randomUUID } from 'node:crypto'
import { ForbiddenError, isPulsarError } from '../errors.js'
import type { Plan } from './acts.js'
import { performance } from '../util/timers.js'

/** How long a plan waits to be confirmed, ms, how many wait, and how many tasks all of them have. */
const LIFETIME = 15 * 60_000
const MOST = 100
const MOST_TASKS = 1_000_000
/** Codes of the errors by which an act refuses what it was given, before it has changed anything. */
const REFUSALS = new Set<unknown>(['PQ_INVALID_OPTION', 'PQ_INVALID_ARGUMENTS', 'PQ_INVALID_DURATION'])

interface Kept {
  readonly plan: Plan
  readonly user: string
  /** Queues that the owner saw then. */
  readonly scope: string
  readonly until: number
}

/** Whose plan it is, and the queues that they see, as a filter. */
export interface PlanOwner {
  readonly user: string
  readonly filter: string
}

/** Plans of acts over HTTP that are not confirmed yet. */
export class KeptPlans {
  readonly #plans = new Map<string, Kept>()

  /** @returns the id under which it is kept */
  keep(plan: Plan, { user, filter: scope }: PlanOwner): string {
    const id = randomUUID()
    this.#plans.set(id, { plan, user, scope, until: performance.now() + LIFETIME })
    this.#forget(id)
    return id
  }

  /** The oldest ones go first. */
  #forget(latest: string): void {
    let tasks = 0
    for (const { plan } of this.#plans.values()) tasks += plan.count
    for (const [id, { plan, until }] of this.#plans) {
      const isOne = this.#plans.size > MOST || tasks > MOST_TASKS || until < performance.now()
      if (!isOne || id === latest) continue
      this.#plans.delete(id)
      tasks -= plan.count
    }
  }

  /** @throws {@link ForbiddenError} for a plan of somebody else, or that is gone */
  get(id: string, { user, filter }: PlanOwner): Plan {
    const kept = this.#plans.get(id)
    if (kept?.user !== user || kept.scope !== filter || kept.until < performance.now()) {
      const why = 'this plan was carried out, has waited for over 15 minutes, or is one of another process'
      throw new ForbiddenError(`${why}: plan the act again`)
    }
    return kept.plan
  }

  /** Carries a plan out, once: unless the act refuses what it was given, it is known no more. */
  async once<T>(id: string, act: () => Promise<T>): Promise<T> {
    const kept = this.#plans.get(id)
    this.#plans.delete(id)
    try {
      return await act()
    } catch (error) {
      if (kept && isPulsarError(error) && REFUSALS.has(error.code)) this.#plans.set(id, kept)
      throw error
    }
  }

  /** It will not be carried out. */
  delete(id: string): void {
    this.#plans.delete(id)
  }
}
