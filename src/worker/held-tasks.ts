import type { ClaimedTask } from '../stores/broker.js'

/** Tasks that came with one answer of the store: settled as soon as the last one has ended. */
export interface ClaimedBatch {
  /** Number of its tasks that run or are to run. */
  left: number
}

/** A claimed task that has not started. */
export interface HeldTask {
  readonly claimed: ClaimedTask
  readonly batch: ClaimedBatch
  /** {@link HeldTasks.age} when it came. */
  readonly since: number
}

const PRIORITIES = 10
/** Number of times that tasks grow older before they should have started: while others start, and while none does. */
const LONGEST = 10
const LONGEST_STILL = 2

/** Claimed tasks that wait for a slot, in the order in which to start them: by priority, then as they came. Made by the claim loop. */
export class HeldTasks {
  readonly #lists: HeldTask[][] = Array.from({ length: PRIORITIES }, () => [])
  /** Number of tasks that were taken from the front of each list. */
  readonly #taken = new Array<number>(PRIORITIES).fill(0)
  #count = 0
  #highest = 0
  /** Number of times that {@link grow} was called. */
  #age = 0
  /** Number of those calls since a task was last taken from the front. */
  #still = 0

  get count(): number {
    return this.#count
  }

  add(tasks: readonly ClaimedTask[], batch: ClaimedBatch): void {
    for (const claimed of tasks) {
      const priority = Math.max(0, Math.min(PRIORITIES - 1, claimed.priority))
      this.#lists[priority]?.push({ claimed, batch, since: this.#age })
      if (priority > this.#highest) this.#highest = priority
    }
    this.#count += tasks.length
  }

  /** Takes the task that is to start next. */
  next(): HeldTask | undefined {
    for (; this.#highest >= 0; this.#highest -= 1) {
      const list = this.#lists[this.#highest] ?? []
      const taken = this.#taken[this.#highest] ?? 0
      const held = list[taken]
      if (held === undefined) continue
      if (taken + 1 === list.length) this.#replace(this.#highest, [])
      else this.#taken[this.#highest] = taken + 1
      this.#count -= 1
      this.#still = 0
      return held
    }
    this.#highest = 0
    return undefined
  }

  /** The tasks, in the order of their claims. */
  all(): readonly ClaimedTask[] {
    const waiting = this.#lists.flatMap((list, priority) => list.slice(this.#taken[priority]))
    return waiting.map(({ claimed }) => claimed).sort((one, other) => one.fence - other.fence)
  }

  /** Takes tasks out that are not the worker's any more. */
  dropAll(isGone: (claimed: ClaimedTask) => boolean): void {
    this.#takeOut(({ claimed }) => isGone(claimed))
  }

  /** Takes the task of an id out: it was revoked. */
  drop(id: string): void {
    this.#takeOut(({ claimed }) => claimed.id === id)
  }

  /** Every task becomes older by one. @returns whether one waits for too long */
  grow(): boolean {
    this.#age += 1
    this.#still += 1
    return this.#lists.some((_, priority) => this.#isStale(priority))
  }

  /** Takes those out that wait for too long, with those that would start behind them, in the order of their claims. */
  takeStale(): readonly HeldTask[] {
    return this.#takeOut(
      () => true,
      (priority) => this.#isStale(priority),
    )
  }

  /** Takes all tasks out, in the order of their claims. */
  clear(): readonly HeldTask[] {
    return this.#takeOut(() => true)
  }

  /** Whether the first one of a priority waits for too long. */
  #isStale(priority: number): boolean {
    const first = this.#lists[priority]?.[this.#taken[priority] ?? 0]
    if (first === undefined) return false
    const longest = this.#still >= LONGEST_STILL ? LONGEST_STILL : LONGEST
    return this.#age - first.since >= longest
  }

  #takeOut(isOut: (held: HeldTask) => boolean, isOfThese = (_priority: number) => true): readonly HeldTask[] {
    if (this.#count === 0) return []
    const out: HeldTask[] = []
    for (const [priority, list] of this.#lists.entries()) {
      if (!isOfThese(priority)) continue
      const waiting = list.slice(this.#taken[priority])
      const taken = waiting.filter(isOut)
      if (taken.length === 0) continue
      this.#replace(
        priority,
        waiting.filter((held) => !isOut(held)),
      )
      for (const { batch } of taken) batch.left -= 1
      out.push(...taken)
    }
    this.#count -= out.length
    return out.sort((one, other) => one.claimed.fence - other.claimed.fence)
  }

  #replace(priority: number, list: HeldTask[]): void {
    this.#lists[priority] = list
    this.#taken[priority] = 0
  }
}
