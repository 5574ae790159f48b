/** A fixed number of places, taken before they are used and given back after. */
export class Slots {
  #free: number

  constructor(readonly total: number) {
    this.#free = total
  }

  get free(): number {
    return this.#free
  }

  /** Takes as many as are free, `most` at the most. @returns how many it took */
  reserve(most = this.total): number {
    const taken = Math.min(this.#free, most)
    this.#free -= taken
    return taken
  }

  /** Gives places back. */
  release(count: number): void {
    this.#free += count
  }
}
