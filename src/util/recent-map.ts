import { sharedClock } from './clock.js'

/** The last entries of something, bounded by their age and their number. Adding costs the same for any number. */
export class RecentMap<K, V> {
  /** The oldest come first. Times are on the shared clock. */
  readonly #entries = new Map<K, { readonly value: V; readonly since: number }>()

  /** @param longest - greatest age of an entry, ms */
  constructor(
    private readonly most: number,
    private readonly longest: number,
  ) {}

  /** Adds an entry, or makes it the latest one. */
  add(key: K, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, { value, since: sharedClock() })
    this.#forget()
  }

  entries(): readonly (readonly [K, V])[] {
    this.#forget()
    return Array.from(this.#entries, ([key, { value }]) => [key, value] as const)
  }

  #forget(): void {
    const limit = sharedClock() - this.longest
    for (const [key, { since }] of this.#entries) {
      if (since > limit && this.#entries.size <= this.most) return
      this.#entries.delete(key)
    }
  }
}
