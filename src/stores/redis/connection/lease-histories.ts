import type { Histories } from './histories.js'

interface Lease {
  /** A key of its queue. */
  readonly key: string
  readonly changes: number
}

/** Most workers that are known when they have left. */
const MOST_LEFT = 1_000

/** In which history of their queue the workers of this process got their leases, and in which the last of them have left. */
export class LeaseHistories {
  readonly #leases = new Map<string, Lease>()
  /** In the order in which they have left. */
  readonly #left = new Map<string, Lease>()

  constructor(private readonly histories: Histories) {}

  /**
   * A worker got its lease.
   *
   * @param key - a key of its queue
   * @param changes - what {@link Histories.changesOf} was when the call was sent
   */
  granted(worker: string, key: string, changes: number): void {
    this.#left.delete(worker)
    this.#leases.set(worker, { key, changes })
  }

  /** A worker has left. The parameters are those of {@link granted}. */
  left(worker: string, key: string, changes: number): void {
    this.#leases.delete(worker)
    this.#left.delete(worker)
    this.#left.set(worker, { key, changes })
    const [first] = this.#left.keys()
    if (this.#left.size > MOST_LEFT && first !== undefined) this.#left.delete(first)
  }

  /** Whether a worker got its lease, or has left, in another history than the present one. */
  isOver(worker: string): boolean {
    const lease = this.#leases.get(worker) ?? this.#left.get(worker)
    return lease !== undefined && this.histories.changesOf(lease.key) !== lease.changes
  }
}
