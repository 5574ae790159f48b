import type { TaskRecord } from '../model/task-record.js'
import type { OperationsStore, SearchedPart } from '../stores/operations-store.js'
import { toError } from '../util/thrown.js'
import { nextTurn, pause, performance } from '../util/timers.js'
import type { SearchProgress } from './acts.js'
import type { ControlParts } from './control-parts.js'
import { operationsOf } from './control-parts.js'
import { matchesPattern } from './filter/matches.js'
import { matchesTask } from './filter/match-task.js'
import { literalsOf, prefilterOf } from './filter/prefilter-of.js'
import { TaskFacts } from './filter/task-facts.js'
import type { ParsedFilter, StateName } from './filter/terms.js'
import type { TaskPlace } from './looks.js'
import { movedTo } from './moved-to.js'
import { isOfStore, readEach, toLog } from './read-each.js'
import type { SearchOptions } from './searches.js'
import { SeenTask } from './seen-task.js'
import { placeOf } from './task-summary.js'
import type { Unchanged } from './unchanged.js'

/** Work after which a search leaves the store three times as long alone as it has used it, ms. */
const FREE_WORK = 200
/** Most tasks that one look-up gets. */
const LOOK_UP = 250

/** A task that matches. */
export interface Match {
  readonly record: TaskRecord
  /** The same, as operators may see it: what the filter has decoded is not decoded again. */
  readonly seen: SeenTask
  /** ms since the epoch by the store's clock. */
  readonly now: number
  /** Whether the index of failed tasks has it, if it has failed. True where the search was not asked to tell. */
  readonly isListed: boolean
}

/** Options of a search inside this room. */
export interface MatchOptions extends SearchOptions {
  /** Only tasks that stand there. Default: anywhere. */
  readonly places?: readonly TaskPlace[] | undefined
  /** Whether the matches are to tell which failed tasks are in their index: what was retried or moved is not. */
  readonly tellsListed?: boolean | undefined
  /** Whether tasks that were moved, and go on elsewhere, are left out. Default: no. */
  readonly withoutMoved?: boolean | undefined
  /** Which matches are left out as an act would change nothing. Null: none. */
  readonly unchanged?: Unchanged | null | undefined
}

/**
 * One search. The store sends the ids of tasks that may match, by a prefilter on bytes; each is looked up, and compared with the filter
 * here. So a match is exact, and of the moment of its look-up.
 */
export class Search {
  readonly #operations: OperationsStore
  #looked = 0
  #of = 0
  #found = 0
  #worked = 0
  readonly #unread = new Map<string, Error>()

  constructor(
    private readonly parts: ControlParts,
    private readonly filter: ParsedFilter,
    private readonly options: MatchOptions = {},
  ) {
    this.#operations = operationsOf(parts, 'an index of tasks')
  }

  get progress(): SearchProgress {
    const unread = [...this.#unread.keys()]
    const counts = { looked: this.#looked, of: Math.max(this.#of, this.#looked), found: this.#found }
    return unread.length === 0 ? counts : { ...counts, unread }
  }

  /** What has kept the first of the queues from being read that could not be; null: all were. */
  get trouble(): Error | null {
    return [...this.#unread.values()][0] ?? null
  }

  /** The matching tasks, each once. */
  async *matches(): AsyncGenerator<Match> {
    const ids = literalsOf(this.filter.terms, 'id')
    const queues = await this.#queues()
    const parts = partsOf(this.filter, this.options)
    if (ids === null) await this.#measure(queues, parts)
    for (const queue of queues) {
      if (this.#unread.has(queue)) continue
      try {
        const found =
          ids === null ? this.#scan(queue, parts) : this.#lookUp(queue, [...new Set(ids)], await this.#now(queue), true)
        for await (const match of found) {
          this.#found += 1
          yield match
          if (this.#found >= (this.options.limit ?? Infinity)) return
        }
      } catch (error) {
        if (isOfStore(error)) throw error
        this.#missed(queue, toError(error))
      }
      if (this.#isOver) return
    }
    // Where none of the queues that are meant can be read, nothing was looked for.
    if (this.trouble !== null && this.#unread.size === queues.length) throw this.trouble
  }

  /** Other queues are searched all the same. */
  readonly #missed = (queue: string, error: Error): void => {
    this.#unread.set(queue, error)
    toLog(this.parts, 'tasks')(queue, error)
  }

  get #isOver(): boolean {
    return this.options.signal?.aborted === true
  }

  async #queues(): Promise<string[]> {
    const names = [...(await this.parts.broker.queues())].sort()
    return names.filter((name) =>
      this.filter.terms.every((term) => {
        if (term.key !== 'queue') return true
        return term.patterns.some((pattern) => matchesPattern(pattern, name)) !== term.isNegated
      }),
    )
  }

  async #now(queue: string): Promise<number> {
    return (await this.#operations.inspect(queue)).now
  }

  async #measure(queues: readonly string[], parts: readonly SearchedPart[]): Promise<void> {
    const looks = await readEach(queues, async (queue) => await this.#operations.inspect(queue), this.#missed)
    for (const { sizes, failed } of looks) {
      if (parts.includes('live')) this.#of += sizes.ready + sizes.delayed + sizes.held
      if (parts.includes('failed')) this.#of += failed
    }
  }

  async *#scan(queue: string, parts: readonly SearchedPart[]): AsyncGenerator<Match> {
    const prefilter = prefilterOf(this.filter.terms, this.parts.serializer)
    const now = await this.#now(queue)
    const seen = new Set<string>()
    for (const part of parts) {
      let cursor: string | null = null
      do {
        const before = performance.now()
        const step = await this.#operations.find(queue, part, prefilter, cursor)
        this.#looked += step.looked
        cursor = step.cursor
        const fresh = step.ids.filter((id) => !seen.has(id))
        const matches: Match[] = []
        for await (const match of this.#lookUp(queue, fresh, now, part !== 'ended')) {
          seen.add(match.record.header.id)
          matches.push(match)
        }
        await this.#rest(performance.now() - before)
        yield* matches
      } while (cursor !== null && !this.#isOver)
    }
  }

  async *#lookUp(queue: string, ids: readonly string[], now: number, isListed: boolean): AsyncGenerator<Match> {
    for (let at = 0; at < ids.length; at += LOOK_UP) {
      const matches: Match[] = []
      for (const record of await this.parts.broker.get(queue, ids.slice(at, at + LOOK_UP))) {
        if (record === null) continue
        const seen = new SeenTask(this.parts, record)
        if (this.#fits(seen, now)) matches.push({ record, seen, now, isListed })
      }
      yield* await this.#changed(queue, matches)
    }
  }

  /** Without those on which the act would change nothing. */
  async #changed(queue: string, matches: readonly Match[]): Promise<readonly Match[]> {
    const { unchanged } = this.options
    if (!unchanged || matches.length === 0) return matches
    const ids = await unchanged(
      queue,
      matches.map(({ record }) => record),
    )
    return matches.filter(({ record }) => !ids.has(record.header.id))
  }

  #fits(seen: SeenTask, now: number): boolean {
    const { places, withoutMoved } = this.options
    if (withoutMoved === true && movedTo(seen.record.header, seen.report) !== null) return false
    if (places?.includes(placeOf(seen.record.header, now)) === false) return false
    return matchesTask(this.filter.terms, new TaskFacts(seen, now))
  }

  /** A short search takes what it needs; a long one a quarter of the store's time. */
  async #rest(used: number): Promise<void> {
    this.#worked += used
    if (this.#worked > FREE_WORK) await pause(Math.ceil(used * 3))
    else await nextTurn()
  }
}

const LIVE: readonly StateName[] = ['ready', 'delayed', 'held', 'running', 'live', 'retry']
const FAILED: readonly StateName[] = ['failed', 'failure', 'revoked']

/** Where the matching tasks can be. */
function partsOf({ terms }: ParsedFilter, options: MatchOptions): SearchedPart[] {
  const { deep = false, places, tellsListed = false } = options
  const states = terms.flatMap((term) => (term.key === 'state' && !term.isNegated ? [term.states] : []))
  const mayBe = (known: readonly StateName[]): boolean =>
    states.every((named) => named.some((state) => known.includes(state)))
  const wants = (...wanted: TaskPlace[]): boolean =>
    places === undefined || wanted.some((place) => places.includes(place))
  const asksForDone = states.length > 0 && mayBe(['done', 'success'])
  const parts: SearchedPart[] = []
  if (mayBe(LIVE) && wants('ready', 'delayed', 'held')) parts.push('live')
  const isDeep = (asksForDone || deep) && wants('done', 'failed')
  // All records are those of the index, too: they are looked at first where that is to be told.
  if ((tellsListed || !isDeep) && mayBe(FAILED) && wants('failed')) parts.push('failed')
  if (isDeep) parts.push('ended')
  return parts
}
