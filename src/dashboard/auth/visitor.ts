import { ForbiddenError } from '../../errors.js'
import { matchesPattern } from '../../operate/filter/matches.js'
import { patternOf, patternValue } from '../../operate/filter/quote-value.js'
import type { Pattern } from '../../operate/filter/terms.js'
import { workersIn } from '../../operate/list-workers.js'
import type { WorkerOverview } from '../../operate/looks.js'

/** What visitors can be: each may do what the one before may, and more. */
export type DashboardRole = 'viewer' | 'operator' | 'admin'

/**
 * - `view`: look at everything but payloads
 * - `payloads`: see arguments, results and stacks
 * - `act`: retry, revoke, run, move and prioritize tasks
 * - `queue`: pause and resume queues and schedules, quiet, resize and stop workers, queue tasks
 * - `destroy`: drop tasks
 */
export type Permission = 'view' | 'payloads' | 'act' | 'queue' | 'destroy'

/** Who looks at the dashboard, as `authorize` says. */
export interface DashboardVisitor {
  /** Stands in the audit log. */
  readonly user: string
  readonly can: DashboardRole
  /** Patterns of the queues that the visitor sees, such as `mail*`. Default: all. */
  readonly queues?: readonly string[] | undefined
}

const PERMISSIONS: Readonly<Record<DashboardRole, readonly Permission[]>> = {
  viewer: ['view'],
  operator: ['view', 'payloads', 'act'],
  admin: ['view', 'payloads', 'act', 'queue', 'destroy'],
}
const ACTS: ReadonlySet<Permission> = new Set(['act', 'queue', 'destroy'])

/** A visitor with what they may do here. */
export class Visitor {
  readonly permissions: readonly Permission[]
  readonly #patterns: readonly Pattern[] | null

  constructor(
    private readonly visitor: DashboardVisitor,
    isReadOnly: boolean,
  ) {
    const all = PERMISSIONS[visitor.can]
    this.permissions = isReadOnly ? all.filter((permission) => !ACTS.has(permission)) : all
    this.#patterns = visitor.queues?.map(patternOf) ?? null
  }

  get user(): string {
    return this.visitor.user
  }

  /** Whether every queue is seen. */
  get seesAll(): boolean {
    return this.#patterns === null
  }

  may(permission: Permission): boolean {
    return this.permissions.includes(permission)
  }

  sees(queue: string): boolean {
    return this.#patterns === null || this.#patterns.some((pattern) => matchesPattern(pattern, queue))
  }

  /** Those of some workers that consume a queue which is seen, with these queues. A worker knows jobs of other queues as well. */
  seenWorkers(workers: readonly WorkerOverview[]): WorkerOverview[] {
    const seen = workersIn(workers, (queue) => this.sees(queue))
    if (this.seesAll) return seen
    return seen.map((worker) => ({ ...worker, status: worker.status && { ...worker.status, jobs: [] } }))
  }

  /** The part of a filter that leaves out what the visitor does not see; '': nothing is left out. */
  get filter(): string {
    const { queues } = this.visitor
    if (queues === undefined) return ''
    // No queue has an empty name.
    return `queue:${queues.length === 0 ? '""' : queues.map(patternValue).join(',')}`
  }

  /** @throws {@link ForbiddenError} */
  demand(permission: Permission): void {
    if (this.may(permission)) return
    const isRole = !PERMISSIONS[this.visitor.can].includes(permission)
    throw new ForbiddenError(
      isRole
        ? `${this.user} has the role ${this.visitor.can}, which lacks the permission "${permission}": ask for the role ${roleWith(permission)}`
        : 'this dashboard is read-only: act with pq, or where it is not',
    )
  }

  /** @throws {@link ForbiddenError} for a queue that the visitor does not see */
  demandQueue(queue: string): void {
    if (!this.sees(queue)) throw new ForbiddenError(`${this.user} does not see the queue ${queue}`)
  }
}

/** The least role that may do something. */
function roleWith(permission: Permission): string {
  const found = Object.entries(PERMISSIONS).find(([, all]) => all.includes(permission))
  return found?.[0] ?? 'admin'
}
