/** Entries after which the tables of a map are left behind, at least, and for each entry that it has. */
const LEAST = 512
const PER_ENTRY = 4

/**
 * A map whose entries are soon deleted again.
 *
 * A `Map` makes a table anew whenever it has grown, or has many deleted entries, and V8 links each table to the next one. Once one of
 * them lies in the old generation, it keeps the next one alive until the next major collection, with all entries that that one has had, and
 * so on for ever: what lives for a millisecond is copied there, too. Another `Map` from time to time ends that chain. Of the bytes that
 * a round trip allocated in the caller, a third went to the old generation; with this, a tenth does.
 */
export class ShortLivedMap<K, V> {
  #map = new Map<K, V>()
  #left = LEAST

  get size(): number {
    return this.#map.size
  }

  get(key: K): V | undefined {
    return this.#map.get(key)
  }

  /** A key that is there keeps its place. */
  set(key: K, value: V): void {
    if (--this.#left === 0) {
      this.#map = new Map(this.#map)
      this.#left = Math.max(LEAST, PER_ENTRY * this.#map.size)
    }
    this.#map.set(key, value)
  }

  /** @returns whether it was there */
  delete(key: K): boolean {
    return this.#map.delete(key)
  }

  /** The values of this moment. */
  values(): V[] {
    return [...this.#map.values()]
  }
}
