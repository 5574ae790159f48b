import { HEARTBEATS_OF_LEASE, SUSPECT_DELAY } from '../../../lib/stores/policy.js'
import type { Event, RunEvent } from '../history/event.js'
import type { Case } from './case.js'
import type { Rules } from './end-state.js'
import type { TaskHistory } from './task-history.js'

/** What processes and calls take on a busy machine, ms. */
const MARGIN = 5_000
const FINAL = new Set([1, 2, 3])

/**
 * Longest time, ms, in which a task goes on whose worker has died: its lease runs out; a living worker finds that within a heartbeat, and
 * condemns it at the second heartbeat after that at the latest; and then a suspect waits for a worker that holds nothing.
 */
export function recoveryLimit({ lease }: Pick<Rules, 'lease'>): number {
  const sweep = (3 * lease) / HEARTBEATS_OF_LEASE
  return lease + sweep + SUSPECT_DELAY + MARGIN
}

/** A worker, as the history shows it. */
interface SeenWorker {
  readonly slots: number
  /** Null: all but that of the line. */
  readonly queue: string | null
  isFrozen: boolean
  /** What it runs: id and fence. */
  readonly runs: Set<string>
}

/** A task whose worker has died. */
interface Interrupted {
  readonly task: TaskHistory
  readonly since: number
  /** ms in which a worker could have taken it, since its turn could have come. */
  waited: number
  /** The same since the death. */
  total: number
}

/** Goes through a history, and measures how long each task waits whose worker has died, while another one could take it. */
class RecoveryWatch {
  readonly late: string[] = []
  /** Of each that went on, ms in which a worker could have taken it. */
  readonly waits: number[] = []
  readonly #workers = new Map<number, SeenWorker>()
  /** Worker of the last run of each task whose end nobody has seen. */
  readonly #workerOf = new Map<string, number>()
  readonly #waiting = new Map<string, Interrupted>()
  /** Deaths of workers that ran it. One that has seen two runs alone. */
  readonly #deaths = new Map<string, number>()
  /** Tasks with a limit that run, by their job. */
  readonly #limited = new Map<string, Set<string>>()
  readonly #tellsWorkers: boolean
  readonly #limit: number
  #at = 0

  constructor(private readonly of: Case) {
    this.#limit = recoveryLimit(of.rules)
    this.#tellsWorkers = of.events.some(({ e }) => e === 'ready')
  }

  /** Takes the next event. */
  take(event: Event): void {
    this.#wait(event.at)
    if (event.e === 'ready') this.#add(event)
    else if (event.e === 'died') this.#died(event.pid, event.at)
    else if (event.e === 'frozen') this.#froze(event.pid, event.at)
    else if (event.e === 'thawed') this.#thawed(event.pid)
    // What was waited for a store that was away says nothing.
    else if (event.e === 'lifted') this.#begin(() => true)
    else if (event.e === 'started') this.#started(event)
    else if (event.e === 'failed' || event.e === 'returned' || event.e === 'aborted') this.#over(event)
    else if (event.e === 'ended') this.#ended(event.id)
  }

  /** Those that never went on: a task that nobody waits for may have ended without a run. */
  finish(): void {
    for (const { task, since, waited } of this.#waiting.values())
      if (waited > this.#limit && !FINAL.has(this.of.end.records.get(task.id)?.status ?? 1))
        this.#tell(task, since, waited)
  }

  #add({ pid, slots, queue }: Extract<Event, { e: 'ready' }>): void {
    this.#workers.set(pid, { slots, queue, isFrozen: false, runs: new Set() })
  }

  #wait(at: number): void {
    const passed = Math.max(0, at - this.#at)
    this.#at = Math.max(at, this.#at)
    if (passed > 0)
      for (const each of this.#waiting.values())
        if (this.#canRun(each)) {
          each.waited += passed
          each.total += passed
        }
  }

  /** Whether a worker of its queue has a slot for a task, and its job's limit, too. */
  #canRun({ task: { sent } }: Interrupted): boolean {
    const limit = this.of.rules.limits[sent?.job ?? '']
    if (limit !== undefined && (this.#limited.get(sent?.job ?? '')?.size ?? 0) >= limit) return false
    if (!this.#tellsWorkers) return true
    const isOfLine = sent?.queue === 'line'
    for (const { queue, isFrozen, runs, slots } of this.#workers.values())
      if (!isFrozen && runs.size < slots && (isOfLine ? queue === 'line' : queue === null)) return true
    return false
  }

  #died(pid: number, at: number): void {
    this.#interrupt(pid, at)
    for (const run of this.#workers.get(pid)?.runs ?? []) for (const runs of this.#limited.values()) runs.delete(run)
    this.#workers.delete(pid)
    // The worker that was to be empty for a task that runs alone may be this one.
    this.#begin(({ task }) => this.#runsAlone(task.id))
  }

  #froze(pid: number, at: number): void {
    this.#interrupt(pid, at)
    const worker = this.#workers.get(pid)
    if (worker) worker.isFrozen = true
  }

  #thawed(pid: number): void {
    const worker = this.#workers.get(pid)
    if (worker) worker.isFrozen = false
  }

  #interrupt(pid: number, at: number): void {
    for (const [id, worker] of this.#workerOf) {
      const task = worker === pid ? this.of.tasks.get(id) : undefined
      if (!task) continue
      this.#deaths.set(id, (this.#deaths.get(id) ?? 0) + 1)
      this.#waiting.set(id, { task, since: at, waited: 0, total: 0 })
    }
  }

  #runsAlone(id: string): boolean {
    return (this.#deaths.get(id) ?? 0) > 1
  }

  /** Counts anew for some of those that wait. */
  #begin(isMeant: (each: Interrupted) => boolean): void {
    for (const each of this.#waiting.values()) if (isMeant(each)) each.waited = 0
  }

  #started({ id, job, fence, pid }: RunEvent): void {
    const run = `${id} ${String(fence)}`
    this.#workers.get(pid)?.runs.add(run)
    if (this.of.rules.limits[job] !== undefined) {
      const runs = this.#limited.get(job) ?? new Set()
      this.#limited.set(job, runs.add(run))
    }
    this.#goesOn(id)
    this.#workerOf.set(id, pid)
    if (this.#runsAlone(id)) this.#begin(() => true)
  }

  #over({ id, job, fence, pid }: RunEvent): void {
    const run = `${id} ${String(fence)}`
    this.#workers.get(pid)?.runs.delete(run)
    this.#limited.get(job)?.delete(run)
    // Tasks that run alone do so one after the other, and others wait behind them where there is but one worker.
    if (this.#runsAlone(id)) this.#begin(() => true)
  }

  #ended(id: string): void {
    this.#goesOn(id)
    this.#workerOf.delete(id)
  }

  #goesOn(id: string): void {
    const waiting = this.#waiting.get(id)
    if (waiting) this.waits.push(waiting.total)
    if (waiting && waiting.waited > this.#limit) this.#tell(waiting.task, waiting.since, waiting.waited)
    this.#waiting.delete(id)
  }

  #tell({ id }: TaskHistory, since: number, waited: number): void {
    this.late.push(
      `${id} waited for ${waited.toFixed(0)} ms where a worker was free, after its own had died at ${since.toFixed(0)}: expected ` +
        `${this.#limit.toFixed(0)} ms at most`,
    )
  }
}

/** How tasks go on whose worker has died. */
export interface Recoveries {
  /** One sentence for each that did not do so in time. */
  readonly late: readonly string[]
  /** Of each that did, ms in which a worker could have taken it. */
  readonly waits: readonly number[]
}

export function recoveriesIn(of: Case): Recoveries {
  const watch = new RecoveryWatch(of)
  for (const event of of.events) watch.take(event)
  watch.finish()
  return watch
}
