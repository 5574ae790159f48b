import { addCounts, noCounts } from '../../model/run-counts.js'
import type { RunCounts } from '../../model/run-counts.js'
import type { StoredProblem } from '../../model/problem.js'
import type { QueueInspection } from '../../stores/operations-store.js'
import type { ControlParts } from '../control-parts.js'
import { operationsOf } from '../control-parts.js'
import { matchesPattern } from '../filter/matches.js'
import { patternOf } from '../filter/quote-value.js'
import { listSchedules } from '../list-schedules.js'
import type { ScheduleOverview } from '../looks.js'
import type { UnreadTeller } from '../read-each.js'
import { readEach, toLog } from '../read-each.js'

/** What one turn of all rules has seen of a store: nothing is looked at twice. */
export class AlertView {
  readonly #looks = new Map<string, Promise<unknown>>()

  /** The queues that could not be read. */
  readonly unread = new Set<string>()

  constructor(private readonly parts: ControlParts) {}

  readonly missed: UnreadTeller = (queue, error) => {
    this.unread.add(queue)
    toLog(this.parts, 'alerts')(queue, error)
  }

  /** The queues whose name is what a rule says. @param wanted - null: all */
  async queues(wanted: string | null): Promise<readonly string[]> {
    const names = await this.#once('queues', async () => [...(await this.parts.broker.queues())].sort())
    return names.filter((name) => isNamed(wanted, name))
  }

  /** ms since the epoch by the store's clock. Null where no queue can be asked for it. */
  async now(): Promise<number | null> {
    for (const queue of await this.queues(null)) {
      const [look] = await readEach([queue], async () => await this.inspect(queue), this.missed)
      if (look !== undefined) return look.now
    }
    return null
  }

  async inspect(queue: string): Promise<QueueInspection> {
    return await this.#once(`inspect ${queue}`, async () => await this.#operations.inspect(queue))
  }

  async problems(queue: string): Promise<readonly StoredProblem[]> {
    return await this.#once(`problems ${queue}`, async () => await this.#operations.problems(queue))
  }

  async schedules(): Promise<readonly ScheduleOverview[]> {
    return await this.#once('schedules', async () => await listSchedules(this.parts, this.missed))
  }

  async memory(): Promise<number | null> {
    return await this.#once('memory', async () => await this.#operations.memory())
  }

  /** What has ended of late: of the whole queue, or of each of its jobs whose name is what a rule says. */
  async ended(queue: string, job: string | null, over: number): Promise<ReadonlyMap<string | null, RunCounts>> {
    const names = job === null ? [null] : (await this.#jobs(queue)).filter((name) => isNamed(job, name))
    if (names.length === 0) return new Map()
    const { now } = await this.inspect(queue)
    const query = { jobs: names, step: '1m', from: now - over, to: now, isWatching: false } as const
    const series = await this.#once(
      `series ${queue}\n${String(job)}\n${String(over)}`,
      async () => await this.#operations.series(queue, query),
    )
    return new Map(
      names.map((name, i) => {
        const sum = noCounts()
        for (const { counts } of series[i] ?? []) addCounts(sum, counts)
        return [name, sum]
      }),
    )
  }

  async #jobs(queue: string): Promise<readonly string[]> {
    const totals = await this.#once(`totals ${queue}`, async () => await this.#operations.totals(queue))
    return totals.map(({ job }) => job)
  }

  get #operations(): ReturnType<typeof operationsOf> {
    return operationsOf(this.parts, 'alerts')
  }

  async #once<T>(name: string, look: () => Promise<T>): Promise<T> {
    const known = this.#looks.get(name) ?? look()
    this.#looks.set(name, known)
    return (await known) as T
  }
}

/** Whether a name is what a rule says, in which `*` stands for any text. */
export function isNamed(wanted: string | null, name: string): boolean {
  return wanted === null || matchesPattern(patternOf(wanted), name)
}
