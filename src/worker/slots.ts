/** A fixed number of slots for running tasks: reserved before they are used, and released after. */
export class Slots {
  #free: number

  constructor(readonly total: number) {
    this.#free = total
  }

  /** Reserves all free slots. @returns how many there were */
  reserve(): number {
    const reserved = this.#free
    this.#free = 0
    return reserved
  }

  release(count: number): void {
    this.#free += count
  }
}
