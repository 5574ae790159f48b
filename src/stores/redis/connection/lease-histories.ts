import type { Histories } from './histories.js'

interface Lease {
  /** A key of its queue. */
  readonly key: string
  readonly changes: number
}

/** In which history of their queue the workers of this process got their leases. */
export class LeaseHistories {
  readonly #leases = new Map<string, Lease>()

  constructor(private readonly histories: Histories) {}

  /**
   * A worker got its lease.
   *
   * @param key - a key of its queue
   * @param changes - what {@link Histories.changesOf} was when the call was sent
   */
  granted(worker: string, key: string, changes: number): void {
    this.#leases.set(worker, { key, changes })
  }

  /** A worker has left. */
  ended(worker: string): void {
    this.#leases.delete(worker)
  }

  /** Whether a worker got its lease in another history than the present one. */
  isOver(worker: string): boolean {
    const lease = this.#leases.get(worker)
    return lease !== undefined && this.histories.changesOf(lease.key) !== lease.changes
  }
}
