import { randomUUID } from 'node:crypto'
import { ForbiddenError } from '../errors.js'
import type { Plan } from './acts.js'
import { performance } from '../util/timers.js'

/** How long a plan waits to be confirmed, ms, and how many wait. */
const LIFETIME = 15 * 60_000
const MOST = 100

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
    for (const [other, { until }] of this.#plans) {
      if (this.#plans.size > MOST || until < performance.now()) this.#plans.delete(other)
    }
    return id
  }

  /** @throws {@link ForbiddenError} for a plan of somebody else, or that is gone */
  get(id: string, { user, filter }: PlanOwner): Plan {
    const kept = this.#plans.get(id)
    if (kept?.user !== user || kept.scope !== filter || kept.until < performance.now()) {
      throw new ForbiddenError('this plan was carried out, or it waited for over 15 minutes: plan the act again')
    }
    return kept.plan
  }

  delete(id: string): void {
    this.#plans.delete(id)
  }
}
