import { LOOK_OVERDUE } from '../stores/policy.js'
import { performance } from '../util/timers.js'
import type { LongTimeout } from '../util/long-timeout.js'
import { longTimeout } from '../util/long-timeout.js'

/** Longest wait, ms, unless the first one is longer. */
const LONGEST_WAIT = 10_000
/** Time for which each idle worker of a queue makes the others wait, ms: all of them together look 200 times a second at most. */
const WAIT_PER_WORKER = 5

/**
 * The wait of a claim loop before it looks at an empty queue again. It doubles while nothing is found. Where many workers are idle,
 * each looks more rarely, so that the store has little to do for them.
 */
export class IdleWait {
  /** Runs on where a wait begins anew, as after each task of a queue that is nearly empty, and is set again only when it fires. */
  #timer: LongTimeout | undefined
  /** When the timer fires, and when the wait is over, by `performance.now()`. */
  #firesAt = Infinity
  #end = Infinity
  #wait: number
  /** Until when due times are left to other idle workers, by `performance.now()`. */
  #leavesUntil = -Infinity

  constructor(
    /** ms */
    private readonly first: number,
    private readonly over: () => void,
  ) {
    this.#wait = first
  }

  /** Something was found, or may be found soon: the next wait is the first one again. */
  reset(): void {
    this.#wait = this.first
  }

  /** A task was left to other workers for so long, ms: where others are idle, they look first when it is due. */
  leftToOthers(delay: number): void {
    this.#leavesUntil = performance.now() + delay
  }

  /**
   * @param nextDue - ms until the next delayed task is due, when the wait ends early; null: there is none
   * @param idle - number of idle workers of the queue, as the store last said
   */
  begin(nextDue: number | null, idle: number): void {
    const now = performance.now()
    const shortest = Math.max(this.first, idle * WAIT_PER_WORKER)
    const wait = Math.max(this.#wait, shortest)
    this.#wait = Math.max(shortest, Math.min(2 * wait, LONGEST_WAIT))
    const leavesIt = idle > 1 && now <= this.#leavesUntil
    const due = (nextDue ?? Infinity) + (leavesIt ? LOOK_OVERDUE : 0)
    this.#end = now + Math.min(due, wait)
    if (this.#firesAt > this.#end) this.#set(now)
  }

  clear(): void {
    this.#timer?.clear()
    this.#firesAt = Infinity
    this.#end = Infinity
  }

  #set(now: number): void {
    this.#timer?.clear()
    this.#firesAt = this.#end
    this.#timer = longTimeout(() => {
      this.#fired()
    }, this.#end - now)
  }

  #fired(): void {
    const now = performance.now()
    this.#firesAt = Infinity
    // A timer may fire up to a millisecond early.
    if (this.#end - now >= 2) {
      this.#set(now)
      return
    }
    this.#end = Infinity
    this.over()
  }
}
