/**
 * The slots for running tasks: reserved before they are used, and released after. The queues of a worker share
 * them. A queue that finds none waits, and the others leave it the next ones.
 */
export class Slots {
  /** Whether none is used for new tasks. */
  isQuiet = false
  #free: number
  #total: number
  readonly #waiting = new Set<object>()

  constructor(total: number) {
    this.#free = total
    this.#total = total
  }

  get total(): number {
    return this.#total
  }

  /** How many the store is told of. */
  get offered(): number {
    return this.isQuiet ? 0 : this.#total
  }

  /** Less than 0 where more are in use than there are since a change of their number. */
  get free(): number {
    return this.#free
  }

  /** Changes their number. Tasks that run go on. */
  resize(total: number): void {
    this.#free += total - this.#total
    this.#total = total
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
