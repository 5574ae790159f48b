/**
 * A fixed number of slots for running tasks: reserved before they are used, and released after. The queues of a worker share
 * them. A queue that finds none waits, and the others leave it the next ones.
 */
export class Slots {
  #free: number
  readonly #waiting = new Set<object>()

  constructor(readonly total: number) {
    this.#free = total
  }

  get free(): number {
    return this.#free
  }

  /** Reserves free slots. @returns how many, `most` at most */
  reserve(most: number): number {
    const reserved = Math.max(0, Math.min(most, this.#free))
    this.#free -= reserved
    return reserved
  }

  release(count: number): void {
    this.#free += count
  }

  /** Whether a queue waits for a slot. */
  wait(queue: object, isWaiting: boolean): void {
    if (isWaiting) this.#waiting.add(queue)
    else if (this.#waiting.size > 0) this.#waiting.delete(queue)
  }

  /** Whether another queue than this one waits for a slot. */
  isWantedBesides(queue: object): boolean {
    return this.#waiting.size > (this.#waiting.has(queue) ? 1 : 0)
  }
}
