import type { LoggedLine, LogStart } from '../model/logged-line.js'
import { isSameStart } from '../model/logged-line.js'
import type { LogPlace, PublishedLines } from '../model/worker-order.js'
import { pause } from '../util/timers.js'

/** A line of a run, or the number of lines that are missing where it stands; null: nobody knows how many. */
export type ReceivedLine =
  { readonly run: number; readonly line: LoggedLine } | { readonly run: number; readonly missing: number | null }

/** What has come of one start of a task. */
interface ReceivedLog {
  readonly start: LogStart
  /** Number of the next line. */
  next: number
  /** Nobody has lines before this number any more. */
  gone: number
  /** What comes after a gap, in order. */
  waiting: PublishedLines[]
  /** Whether all has come that will come. */
  isOver: boolean
}

/**
 * Puts in order what comes of the log of a task: each line once, start by start, in the order of their claims. What comes after a gap waits
 * until the gap is filled, or known to stay; what comes of a later start waits until the one before it is over.
 */
export class LineInbox {
  /** The queue of the task. Another queue may have one of the same id. */
  queue = ''
  /** In the order of their claims. */
  readonly #logs: ReceivedLog[] = []
  #come: ReceivedLine[] = []
  #woken: (() => void) | null = null
  #hasNews = false
  #isDue = false

  /** Takes in what was published. */
  put(lines: PublishedLines): void {
    if (lines.queue !== this.queue) return
    const log = this.#of(lines.start)
    const hadGap = log.waiting.length > 0
    log.waiting.push(lines)
    log.waiting.sort((one, other) => one.first - other.first)
    log.gone = Math.max(log.gone, lines.kept)
    this.#sort()
    if (lines.isOver || (!hadGap && log.waiting.length > 0)) this.#isDue = true
    this.wake()
  }

  /** A start of the task is known. */
  begun(start: LogStart): void {
    this.#of(start)
  }

  /** Whether something has come for which the task is to be looked at, since it was. */
  isLookDue(): boolean {
    return this.#isDue
  }

  /** The task is being looked at. */
  looked(): void {
    this.#isDue = false
  }

  /** The earliest start that is not over; null: there is none. */
  get open(): LogPlace | null {
    return placeOf(this.#logs.find(({ isOver }) => !isOver))
  }

  /** The latest start; null: none is known. */
  get latest(): LogPlace | null {
    return placeOf(this.#logs.at(-1))
  }

  /** Whether lines are missing that may still come. */
  get hasGap(): boolean {
    return this.#logs.some(({ waiting, isOver }) => !isOver && waiting.length > 0)
  }

  /** Whether more lines of a start may come. */
  isOpen(start: LogStart): boolean {
    return this.#logs.some((log) => isSameStart(log.start, start) && !log.isOver)
  }

  /** Whether a run of this number is known. */
  hasRun(run: number): boolean {
    return this.#logs.some(({ start }) => start.run === run)
  }

  /** Nobody fills the gaps of a start any more. @param isOver - and nothing comes after them */
  giveUp(start: LogStart, isOver: boolean): void {
    const log = this.#of(start)
    for (const { first } of log.waiting) log.gone = Math.max(log.gone, first)
    this.#sort()
    log.isOver ||= isOver
    this.#sort()
  }

  /** Nobody knows how many lines of a start have not come. */
  missed({ run }: LogStart): void {
    this.#come.push({ run, missing: null })
  }

  /** What has come and was not taken. */
  take(): readonly ReceivedLine[] {
    return this.#come.splice(0)
  }

  wake(): void {
    this.#hasNews = true
    this.#woken?.()
  }

  /** Resolves when something has come since it resolved last, or after a time. */
  async next(ms: number): Promise<void> {
    if (this.#hasNews) {
      this.#hasNews = false
      return
    }
    const come = new AbortController()
    this.#woken = () => {
      come.abort()
    }
    await pause(ms, come.signal)
    this.#woken = null
    this.#hasNews = false
  }

  #of(start: LogStart): ReceivedLog {
    const known = this.#logs.find((log) => isSameStart(log.start, start))
    if (known !== undefined) return known
    if (this.open !== null) this.#isDue = true
    const log: ReceivedLog = { start, next: 0, gone: 0, waiting: [], isOver: false }
    this.#logs.push(log)
    this.#logs.sort((one, other) => one.start.claimedAt - other.start.claimedAt || one.start.fence - other.start.fence)
    return log
  }

  #sort(): void {
    for (const log of this.#logs) {
      this.#sortLog(log)
      if (!log.isOver) return
    }
  }

  #sortLog(log: ReceivedLog): void {
    const { run } = log.start
    for (let [lines] = log.waiting; lines !== undefined; [lines] = log.waiting) {
      const end = Math.min(lines.first, log.isOver ? Infinity : log.gone)
      if (end > log.next) {
        this.#come.push({ run, missing: end - log.next })
        log.next = end
      }
      if (lines.first > log.next) return
      log.waiting.shift()
      for (const line of lines.lines.slice(log.next - lines.first)) this.#come.push({ run, line })
      log.next = Math.max(log.next, lines.first + lines.lines.length)
      log.isOver ||= lines.isOver
    }
  }
}

function placeOf(log: ReceivedLog | undefined): LogPlace | null {
  return log === undefined ? null : { ...log.start, next: log.next }
}
