import { performance } from './timers.js'

/** What was added together. */
export interface RecentBatch<Items extends { readonly length: number }> {
  readonly items: Items
  readonly bytes: number
  /** When it was added, or was renewed last, by `performance.now()`. */
  at: number
}

/** The last batches of something, bounded by their age, the number of their items and their bytes. Adding costs the same for any number. */
export class RecentBatches<B extends RecentBatch<{ readonly length: number }>> {
  readonly #batches: B[] = []
  #items = 0
  #bytes = 0

  /** @param longest - how much older than the newest batch another one may be, ms */
  constructor(
    private readonly mostItems: number,
    private readonly mostBytes: number,
    private readonly longest: number,
  ) {}

  add(batch: B): void {
    this.#batches.push(batch)
    this.#items += batch.items.length
    this.#bytes += batch.bytes
    for (let [first] = this.#batches; first !== undefined; [first] = this.#batches) {
      const isKept =
        this.#items <= this.mostItems && this.#bytes <= this.mostBytes && batch.at - first.at <= this.longest
      if (isKept) return
      this.#batches.shift()
      this.#items -= first.items.length
      this.#bytes -= first.bytes
    }
  }

  /** Those that are no older than that, the oldest first. @param age - ms */
  youngerThan(age: number): B[] {
    const since = performance.now() - age
    return this.#batches.filter(({ at }) => at >= since)
  }

  clear(): void {
    this.#batches.length = 0
    this.#items = 0
    this.#bytes = 0
  }
}
