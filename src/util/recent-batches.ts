import { performance } from './timers.js'

/** What was added together. */
export interface RecentBatch<Items extends { readonly length: number }> {
  readonly items: Items
  readonly bytes: number
  /** When it was added, or was renewed last, by `performance.now()`. */
  at: number
}

/** Most places of dropped batches, unless there are more batches. */
const MOST_EMPTY = 50

/** The last batches of something, bounded by their age, the number of their items and their bytes. Adding costs the same for any number. */
export class RecentBatches<B extends RecentBatch<{ readonly length: number }>> {
  #batches: (B | undefined)[] = []
  /** Place of the oldest one that is kept. */
  #first = 0
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
    for (let oldest = this.#batches[this.#first]; oldest !== undefined; oldest = this.#batches[this.#first]) {
      const isKept =
        this.#items <= this.mostItems && this.#bytes <= this.mostBytes && batch.at - oldest.at <= this.longest
      if (isKept) return
      this.#dropOldest(oldest)
    }
  }

  /** Its place stays empty until there are many of those: `shift` would move all others each time. */
  #dropOldest({ items, bytes }: B): void {
    this.#batches[this.#first] = undefined
    this.#first += 1
    this.#items -= items.length
    this.#bytes -= bytes
    if (this.#first < MOST_EMPTY || this.#first < this.#batches.length / 2) return
    this.#batches = this.#batches.slice(this.#first)
    this.#first = 0
  }

  /** Those that are no older than that, the oldest first. @param age - ms */
  youngerThan(age: number): B[] {
    const since = performance.now() - age
    return this.#batches.filter((batch): batch is B => batch !== undefined && batch.at >= since)
  }

  clear(): void {
    this.#batches = []
    this.#first = 0
    this.#items = 0
    this.#bytes = 0
  }
}
