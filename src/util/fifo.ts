interface Link<T> {
  readonly item: T
  next: Link<T> | null
}

/** Items in their order. Taking the first one costs the same however many there are: `shift` of a long array moves all others. */
export class Fifo<T> implements Iterable<T> {
  #first: Link<T> | null = null
  #last: Link<T> | null = null

  get isEmpty(): boolean {
    return this.#first === null
  }

  /** The first item; undefined where there is none. */
  get first(): T | undefined {
    return this.#first?.item
  }

  push(item: T): void {
    const link = { item, next: null }
    if (this.#last === null) this.#first = link
    else this.#last.next = link
    this.#last = link
  }

  /** Takes out the first item. */
  shift(): T | undefined {
    const link = this.#first
    if (link === null) return undefined
    this.#first = link.next
    if (this.#first === null) this.#last = null
    return link.item
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let link = this.#first; link !== null; link = link.next) yield link.item
  }
}
