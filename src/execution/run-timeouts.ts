import { LONGEST_DELAY } from '../util/long-timeout.js'
import { afterArrived, clearTimeout, performance, setTimeout } from '../util/timers.js'

/** A run that is told when its time is over. */
export interface TimedRun {
  abort(why: 'timeout'): void
}

/** The place of one run among those of the same timeout. */
export interface RunTimeout {
  readonly run: TimedRun
  /** When the time of the run is over, ms on the monotonic clock. */
  readonly deadline: number
  readonly list: RunTimeouts
  earlier: RunTimeout | null
  later: RunTimeout | null
}

/** A timer may fire up to this early, ms. */
const EARLY = 1
/** Lists that keep their timer while they are empty. Callers may give each task a timeout of its own: those lists are dropped. */
const MOST_EMPTY = 100

/** Of each timeout in use, ms: nearly always that of a job. */
const lists = new Map<number, RunTimeouts>()

/**
 * The runs that have the same timeout. They begin one after the other, so they are in the order of their deadlines, and one timer does
 * for all of them: it is armed for the first one, and once more when it has fired while others run. A run that begins and ends in
 * between costs no timer.
 */
export class RunTimeouts {
  #first: RunTimeout | null = null
  #last: RunTimeout | null = null
  #timer: NodeJS.Timeout | null = null

  private constructor(
    /** ms */
    private readonly timeout: number,
  ) {}

  /** Aborts the run when its time is over, unless `end` is called before. @param timeout - ms, more than 0 */
  static begin(run: TimedRun, timeout: number): RunTimeout {
    let list = lists.get(timeout)
    if (list === undefined) {
      list = new RunTimeouts(timeout)
      lists.set(timeout, list)
    }
    return list.#add(run)
  }

  /** The run has ended. Does nothing when it is called again. */
  end(ended: RunTimeout): void {
    const { earlier, later } = ended
    if (earlier === null && this.#first !== ended) return
    if (earlier === null) this.#first = later
    else earlier.later = later
    if (later === null) this.#last = earlier
    else later.earlier = earlier
    ended.earlier = null
    ended.later = null
    if (this.#first === null && this.#timer !== null) this.#rest(this.#timer)
  }

  #add(run: TimedRun): RunTimeout {
    const deadline = performance.now() + this.timeout
    const added: RunTimeout = { run, deadline, list: this, earlier: this.#last, later: null }
    if (this.#last !== null) this.#last.later = added
    else {
      this.#first = added
      if (this.#timer === null) this.#arm(this.timeout)
      else this.#timer.ref()
    }
    this.#last = added
    return added
  }

  /** Keeps the timer for the next run, but it keeps the process running no more. */
  #rest(timer: NodeJS.Timeout): void {
    if (lists.size <= MOST_EMPTY) {
      timer.unref()
      return
    }
    clearTimeout(timer)
    this.#timer = null
    lists.delete(this.timeout)
  }

  #arm(ms: number): void {
    const timer = setTimeout(
      () => {
        // A run whose end has arrived has ended in time.
        afterArrived(() => {
          if (this.#timer === timer) this.#fire()
        })
      },
      Math.min(ms, LONGEST_DELAY),
    )
    this.#timer = timer
  }

  #fire(): void {
    const now = performance.now()
    const due: TimedRun[] = []
    for (let run = this.#first; run !== null && run.deadline - now <= EARLY; run = this.#first) {
      due.push(run.run)
      this.end(run)
    }
    if (this.#first !== null) this.#arm(Math.max(EARLY, this.#first.deadline - now))
    else {
      this.#timer = null
      lists.delete(this.timeout)
    }
    for (const run of due) run.abort('timeout')
  }
}
